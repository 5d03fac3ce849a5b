import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Answer, Found, Request } from "../../src/nats/read/gets.ts";
import { Scan } from "../../src/nats/read/scan.ts";

const NOBODY = "nobody";

afterEach(() => void vi.useRealTimers());

/** A stream in which entry i + 1 belongs to `owners[i]`, and is read `perPage` at a time. */
function stream(owners: readonly string[], { perPage = 7, raw = "{}", roomMax = 100_000 } = {}) {
  const entries = owners.map((owner, i): Found => {
    const seq = i + 1;
    return { kind: "fact", owner, seq, at: 1, instant: "1".repeat(19), raw };
  });
  const asked: number[] = [];
  const pages: number[] = [];
  /** Answers that are none, before each that counts. */
  const faults: (readonly Found[] | Error)[] = [];
  let rounds = 0;
  const ask = async (request: Request): Promise<Answer> => {
    if (!("seq" in request)) throw new Error("not asked for here");
    asked.push(request.seq);
    pages.push(request.batch);
    await new Promise((go) => setImmediate(go));
    const fault = faults.shift();
    if (fault instanceof Error) throw fault;
    const from = request.seq - 1;
    return { entries: fault ?? entries.slice(from, from + perPage), pending: 0, upTo: 0 };
  };
  const stands = { generation: 0 };
  const room = { chars: roomMax };
  const life = (): number => stands.generation;
  const scan = new Scan({ ask, prepare: async () => rounds++, life, room });
  return { scan, asked, pages, faults, stands, room, rounds: () => rounds };
}

async function seqsOf(member: ReturnType<Scan["join"]>): Promise<number[]> {
  const seqs: number[] = [];
  for (let isLast = false; !isLast;) {
    const share = await member.share();
    ({ isLast } = share);
    seqs.push(...share.entries.map(({ seq }) => seq));
  }
  return seqs;
}

describe("a crowd", () => {
  test("[M4] gets all of its mailboxes out of one reading of the stream, each its own part in order", async () => {
    const owners = fc.array(fc.constantFrom("ann", "bob", NOBODY), {
      minLength: 20,
      maxLength: 60,
    });
    const range = fc.record({
      owner: fc.constantFrom("ann", "bob"),
      after: fc.nat(19),
      length: fc.integer({ min: 1, max: 60 }),
    });
    const members = fc.array(range, { minLength: 2, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(owners, members, fc.array(fc.nat(3)), async (all, wishes, empty) => {
        const { scan, faults } = stream(all);
        // A replica that is behind has nothing yet.
        if (empty.includes(0)) faults.push([]);
        const read = wishes.map(async ({ owner, after, length }) => {
          const upTo = Math.min(all.length, after + length);
          const own = all.flatMap((each, i) => (each === owner ? [i + 1] : []));
          const wanted = own.filter((seq) => seq > after && seq <= upTo);
          expect(await seqsOf(scan.join(owner, after, upTo))).toEqual(wanted);
        });
        await Promise.all(read);
      }),
      { numRuns: 15 },
    );
  });

  test("is read for once, however many it is, and those who come late once more", async () => {
    const all = Array.from({ length: 70 }, (_, i) => `user-${i % 10}`);
    const { scan, asked, rounds } = stream(all);
    const sessions = { size: 0 };
    const join = (i: number): Promise<number[]> => seqsOf(scan.join(`user-${i}`, 0, 70, sessions));
    const first = Array.from({ length: 10 }, (_, i) => join(i));
    while (asked.length < 4) await new Promise((go) => setImmediate(go));
    expect(asked.length, "the first reading is under way").toBeLessThan(10);
    const late = join(3);
    expect((await Promise.all(first)).map((seqs) => seqs.length)).toEqual(Array(10).fill(7));
    const once = asked.length;
    expect(once).toBe(10);
    expect(await late).toEqual([4, 14, 24, 34, 44, 54, 64]);
    expect([asked.length, rounds()]).toEqual([2 * once, 2]);
    expect(scan.size).toBe(0);
  });

  test("[N6] of actors is read for once, also those who come late, and what the stream has had since is read from there on", async () => {
    const all = Array.from({ length: 70 }, (_, i) => `user-${i % 10}`);
    const { scan, asked, rounds, stands } = stream(all);
    const join = (i: number, after = 0, upTo = 63): Promise<number[]> =>
      seqsOf(scan.join(`user-${i}`, after, upTo));
    const first = Array.from({ length: 10 }, (_, i) => join(i));
    while (asked.length < 4) await new Promise((go) => setImmediate(go));
    const late = join(3);
    await Promise.all(first);
    expect(await late).toEqual([4, 14, 24, 34, 44, 54]);
    expect([scan.has(0, 63), scan.has(0, 64), await join(5, 20)]).toEqual([
      true,
      false,
      [26, 36, 46, 56],
    ]);
    expect([asked.length, rounds()]).toEqual([9, 1]);
    expect(await join(6, 0, 70)).toEqual([7, 17, 27, 37, 47, 57, 67]);
    expect([asked.slice(9), rounds()]).toEqual([[64], 2]);
    // Another generation of the stream has other entries.
    stands.generation++;
    expect(await join(6, 50, 70)).toEqual([57, 67]);
    expect(asked.slice(10)).toEqual([51, 58, 65]);
    // It goes back no further than it was read.
    expect(scan.has(49, 70)).toBe(false);
    expect(scan.size).toBe(0);
  });

  test("[A9] of actors is kept no more than there is room for, and for no longer than somebody comes", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const all = Array.from({ length: 70 }, (_, i) => `user-${i % 10}`);
    const kept = stream(all);
    const join = async ({ scan }: typeof kept): Promise<void> => {
      const read = seqsOf(scan.join("user-1", 0, 70));
      await vi.advanceTimersByTimeAsync(100);
      expect(await read).toHaveLength(7);
    };
    await join(kept);
    expect([kept.scan.has(0, 70), kept.room.chars]).toEqual([true, 100_000 - 70 * 258]);
    await vi.advanceTimersByTimeAsync(4_000);
    await join(kept);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(kept.scan.has(0, 70)).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([kept.scan.has(0, 70), kept.room.chars]).toEqual([false, 100_000]);
    const small = stream(all, { roomMax: 9_000 });
    await join(small);
    expect([small.scan.has(0, 70), small.room.chars]).toEqual([false, 9_000]);
  });

  test("is waited for while it is still coming, and then read for once, in pages that hold nobody up", async () => {
    const all = Array.from({ length: 70 }, (_, i) => `user-${i % 10}`);
    const { scan, asked, pages, rounds } = stream(all);
    const coming = { size: 9 };
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const first = seqsOf(scan.join("user-0", 0, 70, coming));
    for (; coming.size > 0; coming.size--) {
      // Longer than a calm without newcomers.
      await vi.advanceTimersByTimeAsync(60);
      expect(asked).toEqual([]);
      void seqsOf(scan.join(`user-${coming.size}`, 0, 70, coming));
    }
    await vi.advanceTimersByTimeAsync(60);
    vi.useRealTimers();
    expect(await first).toHaveLength(7);
    expect([asked.length, rounds()]).toEqual([10, 1]);
    expect(Math.max(...pages)).toBeLessThanOrEqual(256);
  });

  test("is woken a few at a time, so that others have their turns between", async () => {
    const users = Array.from({ length: 200 }, (_, i) => `user-${i}`);
    const { scan } = stream(users, { perPage: 200 });
    let woken = 0;
    let most = 0;
    let all = 0;
    const reads = users.map(async (user) => {
      await scan.join(user, 0, 200).share();
      woken++;
      all++;
    });
    while (all < users.length) {
      await new Promise((go) => setImmediate(go));
      most = Math.max(most, woken);
      woken = 0;
    }
    await Promise.all(reads);
    expect(most).toBeLessThanOrEqual(16);
  });

  test("gets what came before the log failed, and the error; the next crowd is read again", async () => {
    const { scan, faults } = stream(Array(20).fill("ann") as string[]);
    faults.push(new Error("no leader"));
    await expect(seqsOf(scan.join("ann", 0, 20))).rejects.toThrow("no leader");
    expect(await seqsOf(scan.join("ann", 10, 20))).toHaveLength(10);
  });

  test("does not wait for a member who takes nothing: that one reads on alone from where it is", async () => {
    const owners = Array.from({ length: 600 }, (_, i) => (i < 400 ? "slow" : "other"));
    const { scan } = stream(owners, { perPage: 100, raw: "x".repeat(1_024) });
    const slow = scan.join("slow", 0, 600);
    const other = await seqsOf(scan.join("other", 0, 600));
    expect(other).toHaveLength(200);
    // More than 256 KiB wait.
    const { entries, known, isLast } = await slow.share();
    expect([entries.length, known, isLast]).toEqual([300, 300, true]);
  });

  test("is left by whoever goes away", async () => {
    const { scan, asked } = stream(Array(400).fill("ann") as string[]);
    const member = scan.join("ann", 0, 400);
    while (asked.length < 3) await new Promise((go) => setImmediate(go));
    member.leave();
    await expect.poll(() => scan.size).toBe(0);
    expect(asked.length).toBeLessThan(20);
    expect((await member.share()).isLast).toBe(true);
  });
});
