import { describe, expect, test } from "vitest";
import { Audit } from "../../src/audit/audit.ts";
import type { Breach, Extent } from "../../src/audit/breach.ts";
import { step } from "../../src/actors/step.ts";
import { newcomer, type UserState } from "../../src/actors/user.ts";
import type { Entry } from "../../src/events/entry.ts";
import { delivered, mailbox, read } from "../support/mailbox.ts";

const people = ["ann", "ben", "cem"];
const EXTENT: Extent = { told: Number.MAX_SAFE_INTEGER, end: Number.MAX_SAFE_INTEGER, marks: [] };

const audit = (entries: readonly Entry[], extent: Extent = EXTENT) => {
  const all = new Audit(() => extent);
  for (const entry of entries) all.take(entry);
  return all.verdict();
};

/** A log as actors make it: people write and read, and each copy comes a few entries behind its fact. */
function chat(random: (below: number) => number): Entry[] {
  const entries: Entry[] = [];
  const states = new Map<string, UserState>();
  const lanes = new Map<string, { to: string; raw: string }[]>();
  const put = (entry: Entry): void => {
    const { state, tellings } = step(states.get(entry.owner) ?? newcomer, entry);
    const [telling] = tellings;
    entries.push(entry);
    states.set(entry.owner, state);
    if (telling === undefined) return;
    const lane = `${entry.owner}>${telling.to}`;
    const raw = JSON.stringify(telling.copy);
    lanes.set(lane, [...(lanes.get(lane) ?? []), { to: telling.to, raw }]);
  };
  const next = (): number => entries.length + 1;
  const carry = (): void => {
    const waiting = [...lanes.values()].filter(({ length }) => length > 0);
    const copy = waiting[random(waiting.length)]?.shift();
    if (copy !== undefined)
      put({ kind: "copy", owner: copy.to, seq: next(), at: 1_000_000 + next(), raw: copy.raw });
  };
  for (let i = 0; i < 120; i++) {
    const one = people[random(3)]!;
    const other = people.filter((each) => each !== one)[random(2)]!;
    const received = states.get(one)?.peers.get(other)?.received ?? 0;
    if (random(3) > 0) put(mailbox(one).sent(next(), other));
    else
      put(mailbox(one).received(next(), other, random(2) ? read(received) : delivered(received)));
    if (random(4) > 0) carry();
  }
  while ([...lanes.values()].some(({ length }) => length > 0)) carry();
  return entries;
}

function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const isMessageCopy = ({ kind, raw }: Entry): boolean =>
  kind === "copy" && raw.includes('"MessageSent"');
const pick = <T>(items: readonly T[], random: (below: number) => number): T =>
  items[random(items.length)]!;
const faultsOf = (breaches: readonly Breach[]): Set<string> =>
  new Set(breaches.map(({ fault }) => fault));

describe("an audit", () => {
  test("finds nothing in what actors have made, whatever mailbox is read first", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const entries = chat(seeded(seed));
      const apart = people.flatMap((each) => entries.filter(({ owner }) => owner === each));
      for (const log of [entries, apart]) {
        const { breaches, messages, underWay, people: count } = audit(log);
        expect({ breaches, underWay, count }).toEqual({ breaches: [], underWay: 0, count: 3 });
        expect(messages).toBe(entries.filter(isMessageCopy).length);
      }
    }
  });

  test("names each message whose copy is missing, and none that may be under way", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = seeded(seed);
      const entries = chat(random);
      const gone = pick(entries.filter(isMessageCopy), random);
      const { author, position } = JSON.parse(gone.raw) as { author: string; position: number };
      const left = entries.filter((each) => each !== gone);
      expect(audit(left).breaches).toContainEqual({
        fault: "lost",
        author,
        peer: gone.owner,
        id: `${author}:${position}`,
      });
      const early = audit(left, { ...EXTENT, told: position - 1 });
      expect(faultsOf(early.breaches)).not.toContain("lost");
      expect(early.underWay).toBeGreaterThan(0);
    }
  });

  test("takes a copy that came behind a later one for lost", () => {
    const [ann, ben] = [mailbox("ann"), mailbox("ben")];
    const log = [ann.sent(1, "ben"), ann.sent(2, "ben"), ben.told(3, "ann", 2, "ann 2")];
    const late = [...log, ben.told(4, "ann", 1, "ann 1")];
    expect(audit(late).breaches.map(({ id }) => id)).toEqual(["ann:1"]);
  });

  test("takes no repeat for a second message", () => {
    const random = seeded(7);
    const entries = chat(random);
    const again = entries
      .filter(isMessageCopy)
      .map((each, i) => ({ ...each, seq: entries.length + 1 + i }));
    expect(audit([...entries, ...again])).toMatchObject({ found: 0 });
  });

  test("names a message that nobody sent, unless a roll-back took it or it was not read", () => {
    const copy = mailbox("ben").told(9, "ann", 5);
    const named = { fault: "phantom", author: "ann", peer: "ben", id: "ann:5" };
    expect(audit([copy]).breaches).toEqual([named]);
    const before = "1795000000000000000";
    const marks = [{ generation: 1, from: 4, before }];
    expect(audit([copy], { ...EXTENT, marks }).found).toBe(0);
    expect(audit([copy], { ...EXTENT, end: 4 }).found).toBe(0);
    // The entry by which a restore has learned where the stream ends lies in its place.
    expect(audit([copy], { ...EXTENT, marks: [{ ...marks[0]!, from: 6 }] }).found).toBe(0);
  });

  test("names a message that came with other words", () => {
    const log = [mailbox("ann").sent(1, "ben"), mailbox("ben").told(2, "ann", 1, "something else")];
    expect(audit(log).breaches).toEqual([
      { fault: "altered", author: "ann", peer: "ben", id: "ann:1" },
    ]);
  });

  test("names a tick that is missing, and one that nobody stated", () => {
    const [ann, ben] = [mailbox("ann"), mailbox("ben")];
    const sent = [ann.sent(1, "ben"), ben.told(2, "ann", 1, "ann 1")];
    const stated = ben.received(3, "ann", read(1));
    const told = ann.ticked(4, "ben", 3, read(1));
    expect(audit([...sent, stated, told]).found).toBe(0);
    const breach = { author: "ann", peer: "ben", id: "ann:1" };
    expect(audit([...sent, stated]).breaches).toEqual([{ fault: "tick-lost", ...breach }]);
    expect(audit([...sent, stated], { ...EXTENT, told: 2 }).found).toBe(0);
    expect(audit([...sent, told]).breaches).toEqual([{ fault: "tick-phantom", ...breach }]);
  });

  test("counts what cannot be read, and goes on", () => {
    const random = seeded(3);
    const entries = chat(random);
    const broken = { ...mailbox("ann").opened(entries.length + 1), raw: "{" };
    expect(audit([...entries, broken])).toMatchObject({ found: 0, aside: 1 });
  });
});
