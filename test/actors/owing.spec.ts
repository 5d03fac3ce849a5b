import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Actor } from "../../src/actors/actor.ts";
import { Outgoing } from "../../src/actors/outgoing.ts";
import { Owed, type Debt } from "../../src/actors/owed.ts";
import { Progress } from "../../src/actors/progress.ts";
import type { Telling } from "../../src/actors/user.ts";
import type { Entry } from "../../src/events/entry.ts";
import { mailbox } from "../support/mailbox.ts";
import { silent } from "../support/silent.ts";

beforeEach(() => void vi.useRealTimers());

const alice = mailbox("alice");
/** As many as are under way to one stream. */
const WAY = 2_048;

/** The copies of one partition, over a log in memory. */
function partition() {
  const log = new Map<number, Entry>();
  const going: { cause: number; to: string; stored: () => void }[] = [];
  const read: (readonly number[])[] = [];
  let seq = 0;
  const progress = new Progress(0);
  const told = { stored: 0 };
  let isAway = false;
  const outgoing = new Outgoing(
    {
      streams: { own: 0, of: (owner) => (owner.startsWith("far") ? 1 : 0) },
      copy: (to, copy) =>
        new Promise<void>((stored) => {
          going.push({ cause: "cause" in copy ? (copy.cause ?? 0) : 0, to, stored });
        }),
      at: async (seqs) => {
        read.push(seqs);
        if (isAway) throw new Error("no leader");
        return seqs.flatMap((each) => log.get(each) ?? []);
      },
    },
    { progress, stored: () => void told.stored++, log: silent },
  );
  const actor = { owner: "alice", pending: 0 } as Actor;
  const tells = (to: string, body = "x", kind: "fact" | "copy" = "fact"): number => {
    const entry = alice.sent(++seq, to, `phone.${seq}`, body);
    log.set(seq, entry);
    progress.take(seq);
    const copy = { type: "MessageSent", author: "alice", to, cid: `phone.${seq}`, body } as const;
    const place = { cause: seq, position: seq, sentAt: entry.at };
    outgoing.tell(actor, { seq, kind }, { to, copy: { ...copy, ...place } });
    return seq;
  };
  /** The first that are under way are stored. */
  const stores = async (count: number): Promise<void> => {
    for (const { stored } of going.splice(0, count)) stored();
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  const causes = (): number[] => going.map(({ cause }) => cause);
  const away = (is: boolean): void => void (isAway = is);
  return { outgoing, actor, progress, going, read, log, told, tells, stores, causes, away };
}

const upTo = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("copies to another stream", () => {
  test("[N4][A3] beyond those under way are owed, and go in their order when half of the room is free, read from the log again", async () => {
    const { outgoing, actor, progress, going, read, told, tells, stores, causes } = partition();
    for (let n = 0; n < WAY; n++) tells("far-bob");
    expect(outgoing.owes("alice")).toBe(false);
    expect(outgoing.reached).toBe(Number.POSITIVE_INFINITY);
    for (let n = 0; n < 300; n++) tells("far-bob");
    expect(causes()).toEqual(upTo(1, WAY));
    expect(outgoing.elsewhere).toBe(WAY);
    expect([outgoing.owes("alice"), outgoing.owes("bob")]).toEqual([true, false]);
    expect([outgoing.reached, actor.pending]).toEqual([WAY, WAY]);
    await stores(1_024);
    // One more is behind what is owed, though there is room.
    tells("far-bob");
    expect(going).toHaveLength(1_024);
    expect(told.stored).toBe(1_024);
    expect(outgoing.elsewhere).toBe(1_024);
    await stores(1);
    expect(read).toEqual([upTo(WAY + 1, WAY + 256)]);
    expect(causes()).toEqual(upTo(1_026, WAY + 256));
    expect(progress.checkpoint).toBe(1_025);
    await stores(WAY);
    await stores(WAY);
    expect(causes()).toEqual([]);
    expect(read.flat()).toEqual(upTo(WAY + 1, WAY + 301));
    expect([outgoing.owes("alice"), outgoing.reached, actor.pending]).toEqual([false, Infinity, 0]);
    expect(progress.checkpoint).toBe(WAY + 301);
    // Nothing is behind: the next goes at once.
    tells("far-bob");
    expect(causes()).toEqual([WAY + 302]);
  });

  test("[N4] are bounded by their characters as well, and those to the own stream by nothing here", async () => {
    const { outgoing, going, tells } = partition();
    const text = "x".repeat(4_096);
    for (let n = 0; n < 1_025; n++) tells("far-bob", text);
    expect(going).toHaveLength(1_024);
    for (let n = 0; n < WAY + 5; n++) tells("carol");
    expect(going).toHaveLength(1_024 + WAY + 5);
    expect(outgoing.elsewhere).toBe(1_024);
    expect(outgoing.isFull).toBe(false);
  });

  test("[N4] keep the partition from reading further where 500,000 are owed, or what takes as much memory", async () => {
    const { outgoing, tells } = partition();
    for (let n = 0; n < WAY; n++) tells("far-bob");
    // Each of them as much as sixteen that the log has.
    for (let n = 1; n < 500_000 / 16; n++) tells("far-bob", "x", "copy");
    expect(outgoing.isFull).toBe(false);
    tells("far-bob", "x", "copy");
    expect(outgoing.isFull).toBe(true);
  });

  test("[N4] that have no text have no characters", async () => {
    const { outgoing, actor, going, stores } = partition();
    const copy = {
      type: "MessageRead",
      author: "alice",
      peer: "far-bob",
      upTo: 1,
      cause: 1,
    } as const;
    outgoing.tell(actor, { seq: 1, kind: "fact" }, { to: "far-bob", copy });
    expect([going.length, actor.pending]).toEqual([1, 1]);
    await stores(1);
    expect(actor.pending).toBe(0);
  });

  test("[N4] that the log alone does not say are kept as they were told, and nothing is read for them", async () => {
    const { read, log, tells, stores, causes } = partition();
    for (let n = 0; n < WAY; n++) tells("far-bob");
    const kept = tells("far-bob", "a word of a group", "copy");
    log.clear();
    await stores(WAY);
    expect(causes()).toEqual([kept]);
    expect(read).toEqual([]);
  });

  test("[A5] whose entry is gone are owed no more when nothing else is", async () => {
    const { outgoing, progress, log, tells, stores } = partition();
    for (let n = 0; n < WAY; n++) tells("far-bob");
    log.delete(tells("far-bob"));
    tells("far-bob");
    await stores(WAY);
    expect(outgoing.owes("alice")).toBe(true);
    await stores(1);
    expect(outgoing.owes("alice")).toBe(false);
    expect(progress.checkpoint).toBe(WAY + 2);
  });

  test("[A4] that are owed when the host stops are left to the next start", async () => {
    const { outgoing, read, tells, stores, causes } = partition();
    for (let n = 0; n < WAY + 9; n++) tells("far-bob");
    outgoing.stop();
    await stores(WAY);
    expect([causes(), read]).toEqual([[], []]);
    expect(outgoing.reached).toBe(WAY);
  });

  test("[N4] are read again a second later where the log does not answer, once for all", async () => {
    const { read, tells, stores, causes, away } = partition();
    vi.useFakeTimers();
    for (let n = 0; n < WAY + 2; n++) tells("far-bob");
    away(true);
    await stores(1_200);
    await stores(100);
    expect(read).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(999);
    expect(read).toHaveLength(1);
    away(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(read).toHaveLength(2);
    expect(causes().slice(-2)).toEqual([WAY + 1, WAY + 2]);
    vi.useRealTimers();
  });
});

test("[N4] what is owed comes out as it went in, the lowest of it is known, and what is kept whole weighs sixteen times as much", () => {
  const telling = { to: "bob", copy: {} } as Telling;
  const push = fc.record({ push: fc.integer({ min: 1, max: 2_000 }), kept: fc.boolean() });
  const step = fc.oneof(push, fc.record({ leave: fc.integer({ min: 1, max: 3_000 }) }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const owed = new Owed();
      let model: Debt[] = [];
      let seq = 0;
      for (const each of steps) {
        if ("leave" in each) {
          const count = Math.min(each.leave, model.length);
          owed.leave(count);
          model = model.slice(count);
        } else
          for (let n = 0; n < each.push; n++) {
            // Now and then one comes behind higher ones.
            const debt = { seq: ++seq % 7 === 0 ? seq - 5 : seq, delivered: seq, read: seq + 1 };
            model.push(each.kept && n % 50 === 0 ? { ...debt, telling } : debt);
            owed.push(model.at(-1)!);
          }
        expect(owed.size).toBe(model.length);
        const kept = model.filter((debt) => debt.telling !== undefined).length;
        expect(owed.weight).toBe(model.length + 15 * kept);
        expect(owed.peek(3)).toEqual(model.slice(0, 3));
        expect(owed.lowest).toBe(model.reduce((low, debt) => Math.min(low, debt.seq), Infinity));
      }
      expect(owed.peek(1e9)).toEqual(model);
    }),
    { numRuns: 25 },
  );
});
