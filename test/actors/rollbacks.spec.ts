import { expect, test } from "vitest";
import { Keeper } from "../../src/actors/generations/keeper.ts";
import { prepare } from "../../src/actors/generations/prepare.ts";
import { evolve, newcomer, type UserState } from "../../src/actors/user.ts";
import { open } from "../../src/events/entry.ts";
import type { Mail } from "../../src/events/event.ts";
import { fold } from "../../src/rules/conversation.ts";
import { SILENCE, type Conversation } from "../../src/rules/standing.ts";
import { at, Stream } from "./stream.ts";

/** Random streams that lose their ends, hosts that die, and what is then shown. */
async function run(seed: number): Promise<{ shown: number; doubled: number; missing: number }> {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const replicated = random(2) === 0;
  const streams = [new Stream(0, { replicated }), new Stream(1, { replicated })];
  const people = ["a0", "a1", "b0", "b1"];
  const streamOf = (owner: string): Stream => streams[owner.endsWith("0") ? 0 : 1]!;
  let second = 0;
  let n = 0;
  const pass = (seconds: number): void => {
    second += seconds;
    for (const stream of streams) stream.now = at(second);
  };
  const host = async (work: (stream: Stream, take: () => Promise<boolean>) => Promise<void>) => {
    const all = streams.map((stream) => ({ log: stream, records: stream }));
    for (const [k, stream] of streams.entries()) {
      const prepared = await prepare(k, all);
      const keeper = new Keeper({
        log: stream,
        records: stream,
        ...prepared,
        elapsed: () => 0,
        delayed: () => undefined,
        unsure: () => undefined,
      });
      let folded = keeper.begin;
      const states = new Map<string, UserState>();
      const stateOf = (owner: string): UserState => {
        let user = states.get(owner) ?? newcomer;
        if (!states.has(owner))
          for (let seq = 1; seq <= folded; seq++) {
            const entry = stream.entry(seq)!;
            if (entry.owner === owner) user = evolve(user, open(entry) as Mail).state;
          }
        return user;
      };
      await work(stream, async () => {
        const entry = stream.entry(folded + 1);
        if (entry === undefined) return false;
        if (entry.kind !== "owner") {
          const before = stateOf(entry.owner);
          const mail = open(entry) as Mail;
          const { state, telling } = evolve(before, mail);
          states.set(entry.owner, state);
          const into = telling && streamOf(telling.to);
          if (telling && into && keeper.owes(into.k, mail.position)) {
            const anchor = { position: mail.position, at: entry.instant! };
            if (into !== stream && (stream.top?.anchor?.position ?? 0) < mail.position) {
              const marks = [...stream.said.owner.marks];
              await stream.saveHighest({ epoch: "life", anchor, trail: [], marks });
            }
            into.put("copy", telling.to, { ...telling.copy, in: keeper.told[into.k]! });
          }
        }
        folded++;
        if (random(4) === 0) await keeper.save(folded);
        return true;
      });
    }
  };
  for (let round = 0; round < 8; round++) {
    for (let sends = random(6); sends > 0; sends--) {
      const author = people[random(4)]!;
      const to = people.filter((each) => each !== author)[random(3)]!;
      const fact = { type: "MessageSent", author, to, device: "d", cid: `p.${++n}`, body: `${n}` };
      streamOf(author).put("fact", author, fact);
      pass(random(30));
      // A repeat that the broker has not dropped: nobody is told of it, not even again.
      if (random(5) === 0) streamOf(author).put("fact", author, fact);
    }
    // A host that dies after some entries of each stream.
    await host(async (_, take) => {
      for (let steps = random(12); steps > 0; steps--) await take();
    });
    const top = streams[random(2)]!;
    const anchor = top.top?.anchor ?? top.saved?.on;
    // A loss that no anchor shows is not promised: the lost end reaches below the highest.
    if (random(2) === 0 && anchor !== undefined) {
      const seq = Math.min(anchor.position % 2 ** 44, top.entries.length);
      if (seq > 3) top.entries.splice(Math.max(1, seq - 1 - random(6)));
    }
    pass(random(120));
  }
  for (let rest = 0; rest < 4; rest++)
    await host(async (_, take) => {
      while (await take());
    });
  return outcome(streams, people, streamOf);
}

/** The messages that replays show: each message that lies in its author's log, to whom it went, once. */
function outcome(
  streams: readonly Stream[],
  people: readonly string[],
  streamOf: (owner: string) => Stream,
): { shown: number; doubled: number; missing: number } {
  const result = { shown: 0, doubled: 0, missing: 0 };
  const seen = new Map<string, string[]>();
  for (const owner of people) {
    const chats = new Map<string, Conversation>();
    const stream = streamOf(owner);
    for (let seq = 1; seq <= stream.entries.length; seq++) {
      const entry = stream.entry(seq)!;
      if (entry.owner !== owner || entry.kind !== "copy") continue;
      const mail = open(entry) as Extract<Mail, { kind: "copy" }>;
      const folded = fold(chats.get(mail.event.author) ?? SILENCE, [], mail);
      if (folded === undefined) continue;
      chats.set(mail.event.author, folded.chat);
      if (folded.what === "message" && "body" in mail.event)
        seen.set(owner, [...(seen.get(owner) ?? []), mail.event.body]);
    }
  }
  for (const stream of streams)
    for (const { kind, raw } of stream.entries) {
      if (kind !== "fact") continue;
      const { to, body } = JSON.parse(raw) as { to: string; body: string };
      const times = (seen.get(to) ?? []).filter((each) => each === body).length;
      result.shown += times;
      if (times === 0) result.missing++;
      if (times > 1) result.doubled++;
    }
  return result;
}

test("[L6] whatever is lost of whichever stream, all that lies in the logs is shown in the end, and once", async () => {
  let shown = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const each = await run(seed);
    expect({ seed, missing: each.missing, doubled: each.doubled }).toEqual({
      seed,
      missing: 0,
      doubled: 0,
    });
    shown += each.shown;
  }
  expect(shown).toBeGreaterThan(1_000);
});
