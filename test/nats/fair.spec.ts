import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FairQueue, reader, type Reader } from "../../src/nats/read/fair.ts";

/** A queue whose reads end when they are told to, oldest first; their names are kept in the order of their turns. */
function queue(reads: number, units: number) {
  const fair = new FairQueue({ reads, units });
  const turns: string[] = [];
  const underWay: (() => void)[] = [];
  return {
    fair,
    turns,
    underWay,
    read: (by: Reader, cost: number, name = "") =>
      fair.run(by, cost, () => {
        turns.push(name);
        return new Promise<string>((done) => underWay.push(() => done(name)));
      }),
    /** Ends what is under way until nothing is left. */
    drain: async (): Promise<void> => {
      for (;;) {
        await new Promise((go) => setImmediate(go));
        const end = underWay.shift();
        if (end === undefined) return;
        end();
      }
    },
  };
}

describe("a queue of reads", () => {
  test("[M10] gives fifty who read little their turns before one who reads much has had its second page", async () => {
    const { read, turns, drain } = queue(1, 2_048);
    const much = reader();
    for (let i = 0; i < 5; i++) void read(much, 1_000, "much");
    for (let i = 0; i < 50; i++) void read(reader(), 30, "little");
    await drain();
    expect(turns[0]).toBe("much");
    expect(turns.slice(1, 51)).toEqual(Array.from({ length: 50 }, () => "little"));
    expect(turns.slice(51)).toEqual(Array.from({ length: 4 }, () => "much"));
  });

  test("lets one who reads much go on while others keep coming", async () => {
    const { read, turns, underWay } = queue(1, 2_048);
    const much = reader();
    for (let i = 0; i < 3; i++) void read(much, 1_000, "much");
    for (let i = 0; i < 3; i++) void read(reader(), 100, "new");
    // Each time that one has ended there is a new one.
    for (let i = 0; i < 200 && turns.filter((name) => name === "much").length < 3; i++) {
      void read(reader(), 100, "new");
      underWay.shift()?.();
      await new Promise((go) => setImmediate(go));
    }
    expect(turns.filter((name) => name === "much")).toHaveLength(3);
  });

  test("has no more under way than there is room for, and one that is larger goes alone", async () => {
    const costs = fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(costs, async (all) => {
        const fair = new FairQueue({ reads: 4, units: 2_000 });
        const now: number[] = [];
        let turns = 0;
        const reads = all.map((cost) =>
          fair.run(reader(), cost, async () => {
            now.push(cost);
            turns++;
            const sum = now.reduce((a, b) => a + b, 0);
            expect(now.length).toBeLessThanOrEqual(4);
            expect(now.length === 1 || sum <= 2_000).toBe(true);
            await new Promise((go) => setImmediate(go));
            now.splice(now.indexOf(cost), 1);
          }),
        );
        await Promise.all(reads);
        expect([turns, fair.length]).toEqual([all.length, 0]);
      }),
      { numRuns: 30 },
    );
  });

  test("[M10] has two under way whenever there is room for two, however many have been", async () => {
    const { read, underWay } = queue(2, 2_000);
    for (let round = 0; round < 10; round++) {
      for (let n = 0; n < 3; n++) void read(reader(), 900);
      await new Promise((go) => setImmediate(go));
      expect(underWay).toHaveLength(2);
      for (let n = 0; n < 3; n++) {
        underWay.shift()?.();
        await new Promise((go) => setImmediate(go));
      }
      expect(underWay).toEqual([]);
    }
  });

  test("[M10] lets a newcomer go before one who has had much, with several under way as well", async () => {
    const { read, turns, underWay } = queue(2, 2_000);
    const much = reader();
    for (let i = 0; i < 6; i++) void read(much, 1_000, "much");
    await new Promise((go) => setImmediate(go));
    for (let round = 1; round <= 3; round++) {
      void read(reader(), 10, `new ${round}`);
      underWay.shift()?.();
      await new Promise((go) => setImmediate(go));
      expect(turns.at(-1)).toBe(`new ${round}`);
    }
  });

  test("does not read for one who has gone, and goes on with the next", async () => {
    const { read, turns, drain } = queue(1, 2_048);
    const gone = reader();
    void read(reader(), 1, "first");
    const given = read(gone, 1, "gone");
    void read(reader(), 1, "next");
    gone.gone = true;
    await drain();
    expect(turns).toEqual(["first", "next"]);
    expect(await given).toBeUndefined();
  });

  test("goes on behind a read that fails", async () => {
    const { fair, read, turns, drain } = queue(1, 2_048);
    const failing = fair.run(reader(), 1, () => Promise.reject(new Error("no answer")));
    void read(reader(), 1, "next");
    await expect(failing).rejects.toThrow("no answer");
    await drain();
    expect(turns).toEqual(["next"]);
  });
});
