import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { LIVE, LOADING, Turns } from "../../src/actors/turns.ts";
import { Store } from "./store.ts";
import { Host } from "./world.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

/** A slice that has begun is not cut short. */
const SLICE = LOADING.units / 8;
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

/** Counts what is done in each turn of the loop. */
class Loop {
  turn = 0;
  entries = 0;
  chars = 0;
  most = { entries: 0, chars: 0 };
  #over = false;

  constructor() {
    const next = (): void => {
      this.most = {
        entries: Math.max(this.most.entries, this.entries),
        chars: Math.max(this.most.chars, this.chars),
      };
      [this.turn, this.entries, this.chars] = [this.turn + 1, 0, 0];
      if (!this.#over) setImmediate(next);
    };
    setImmediate(next);
  }

  /** The same entry, counted in each turn in which it is looked at. */
  watched(entry: Entry): Entry {
    const { raw } = entry;
    let seen = -1;
    const get = (): string => {
      if (seen !== this.turn) {
        seen = this.turn;
        this.entries++;
        this.chars += raw.length;
      }
      return raw;
    };
    return Object.defineProperty({ ...entry }, "raw", { get });
  }

  end(): void {
    this.#over = true;
  }
}

describe("turns", () => {
  test("are shared fairly: who has little to do waits for a slice of each other, not for their end", async () => {
    const turns = new Turns();
    let done = 0;
    const work = async (entries: number): Promise<void> => {
      const slice = turns.slice();
      for (let i = 0; i < entries; i++) {
        await slice.spend(100);
        done++;
      }
    };
    const long = [work(20_000), work(20_000)];
    await turn();
    const before = done;
    await work(10);
    expect(done - before).toBeLessThan(4 * LIVE.units);
    await Promise.all(long);
  });

  test("are charged for what an entry takes beyond a slice", async () => {
    const turns = new Turns();
    let turnsTaken = 0;
    let over = false;
    const count = (): void => {
      turnsTaken++;
      if (!over) setImmediate(count);
    };
    setImmediate(count);
    const slice = turns.slice();
    for (let i = 0; i < 50; i++) await slice.spend(64 * 1_024);
    over = true;
    expect(turnsTaken).toBeGreaterThan((50 * 64) / LIVE.units - 5);
  });
});

test("[A9] turns end by the clock, too: work that takes longer than its units say holds the loop for no more than a slice beyond", async () => {
  const ENTRY_MS = 0.2;
  let clock = 0;
  const turns = new Turns(LIVE, () => clock);
  const work = async (): Promise<void> => {
    const slice = turns.slice();
    for (let i = 0; i < 500; i++) {
      const begun = slice.spend(100);
      if (begun !== undefined) await begun;
      clock += ENTRY_MS;
    }
  };
  let most = 0;
  let over = false;
  const look = (before: number): void => {
    most = Math.max(most, clock - before);
    if (!over) setImmediate(look, clock);
  };
  setImmediate(look, clock);
  await Promise.all(Array.from({ length: 10 }, work));
  over = true;
  expect(clock).toBeCloseTo(10 * 500 * ENTRY_MS);
  expect(most).toBeLessThan(LIVE.ms + (LIVE.units / 8 + 1) * ENTRY_MS);
});

describe("no turn of the loop does more than its share", () => {
  test("[A9] while an actor with a long mailbox is loaded, and others go on meanwhile", async () => {
    const store = new Store();
    for (let n = 1; n <= 30_000; n++) store.send("alice", "bob", n);
    store.checkpoint = store.head;
    const loop = new Loop();
    store.entries.splice(0, store.entries.length, ...store.entries.map((e) => loop.watched(e)));
    const host = new Host(store);
    await host.partition.start();
    store.openSession("carol", "phone");
    const last = store.send("alice", "carol", 30_001);
    store.openSession("carol", "laptop");
    while (store.routedTo("phone").length === 0) await turn();
    expect(host.partition.isCalm, "alice is still being loaded").toBe(false);
    while (!host.partition.isCalm) await turn();
    while (host.storeCopy());
    await turn();
    loop.end();
    expect(store.mailbox("carol").some(({ raw }) => raw.includes(`"cause":${last}`))).toBe(true);
    // A turn's share of what comes is for others, who have three entries here.
    expect(loop.most.entries).toBeLessThanOrEqual(LOADING.units + SLICE);
    host.kill();
  });

  test("while entries come faster than they can be folded", async () => {
    const store = new Store();
    store.batchMax = 2_048;
    const host = new Host(store);
    await host.partition.start();
    store.openSession("alice", "phone");
    while (store.routedTo("phone").length > 0 || !host.partition.isCalm) await turn();
    const loop = new Loop();
    const body = "x".repeat(4_000);
    const from = store.head;
    for (let n = 1; n <= 4_000; n++)
      store.put("fact", "alice", {
        type: "MessageSent",
        author: "alice",
        to: "bob",
        cid: `phone.${n}`,
        body,
        device: "d",
      });
    store.entries.splice(from, 4_000, ...store.entries.slice(from).map((e) => loop.watched(e)));
    while (store.routedTo("phone").length < 4_000) await turn();
    loop.end();
    expect(loop.most.chars).toBeLessThanOrEqual(2 * LIVE.units * 1_024);
    expect(loop.most.entries).toBeLessThanOrEqual(LIVE.units);
    host.kill();
  });
});
