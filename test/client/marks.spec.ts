import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Receipts, type ReadingState } from "../../src/client/mailbox/receipts.ts";

const [G, H] = [`g-${"1".repeat(22)}`, `g-${"2".repeat(22)}`];
/** A device's part of what a server takes of one user. */
const SHARE = 0.5;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const had = (peer: string, received: number, more: Partial<ReadingState> = {}): ReadingState => ({
  peer,
  mine: { delivered: 0, read: 0 },
  seen: 0,
  received,
  ...more,
});

/** A device with these chats that has not started yet. */
function device(chats: readonly ReadingState[], limits = { marksPerSecond: 20, marksBurst: 200 }) {
  const said: string[] = [];
  const all = new Map(chats.map((chat) => [chat.peer, chat]));
  const ports = {
    chats: all,
    send: ({ t, peer, upTo, ref, ...more }: Said) => {
      expect(ref).toBe(peer);
      said.push(`${t} ${peer} ${upTo}${"auto" in more ? " auto" : ""}`);
    },
    limits: (): typeof limits | undefined => limits,
    elapsed: () => Date.now(),
    moment: () => ({ elapsed: Date.now(), wall: Date.now() }),
  };
  const receipts = new Receipts(ports);
  return {
    chats: all,
    ports,
    receipts,
    /** All that has been said since it was asked last, after so many ms. */
    says(ms = 0): string[] {
      vi.advanceTimersByTime(ms);
      return said.splice(0);
    },
    /** Something has come, or was read. */
    now(peer: string, more: Partial<ReadingState>): void {
      all.set(peer, { ...all.get(peer)!, ...more });
      receipts.tell([peer]);
    },
  };
}
type Said = Parameters<ConstructorParameters<typeof Receipts>[0]["send"]>[0];

describe("receipts are told", () => {
  test("from the start of a session to its end, and not without one", () => {
    const { receipts, ports, says, now } = device([had("bob", 1)]);
    receipts.tell(["bob"]);
    expect(says(5_000)).toEqual([]);
    const limits = ports.limits;
    ports.limits = () => undefined;
    receipts.start();
    expect(says(5_000)).toEqual([]);
    ports.limits = limits;
    receipts.tell([]);
    expect(says()).toEqual(["delivered bob 1"]);
    for (let n = 2; n < 102; n++) now("bob", { received: n });
    now("bob", { received: 102 });
    expect(says()).toHaveLength(99);
    receipts.stop();
    now("bob", { received: 103 });
    expect(says(5_000)).toEqual([]);
  });

  test("[T3] as one for what was read, and of none that the mailbox knows of or that was told", () => {
    const chats = [
      had("new", 1),
      had("read", 1, { seen: 1 }),
      had("part", 2, { seen: 1 }),
      had("known", 2, { seen: 2, mine: { delivered: 2, read: 2 } }),
      had("less", 2, { seen: 1, mine: { delivered: 2, read: 0 } }),
      had("gone", 1),
    ];
    const { receipts, says, chats: all, now } = device(chats);
    all.delete("gone");
    receipts.start();
    receipts.tell(["gone"]);
    const first = [
      "delivered new 1",
      "read read 1",
      "read part 1",
      "delivered part 2",
      "read less 1",
    ];
    const auto = first.map((each) => (each.startsWith("read") ? `${each} auto` : each));
    expect(says()).toEqual(auto);
    receipts.tell(all.keys());
    expect(says(5_000)).toEqual([]);
    now("new", { seen: 1 });
    now("read", { received: 2 });
    expect(says()).toEqual(["read new 1 auto", "delivered read 2"]);
  });

  test("again on the next connection, as far as the mailbox does not show them", () => {
    const all = [had("bob", 2, { seen: 1 }), had("eve", 1), had(G, 1)];
    const { receipts, says, now, chats } = device(all);
    receipts.start();
    chats.set("eve", had("eve", 1, { mine: { delivered: 1, read: 0 } }));
    expect(says()).toHaveLength(4);
    now(G, { received: 1 });
    receipts.stop();
    vi.advanceTimersByTime(120_000);
    // Tries that came to nothing in between.
    receipts.stop();
    receipts.start();
    expect(says()).toEqual([`delivered ${G} 1`, "read bob 1 auto", "delivered bob 2"]);
    now("bob", { received: 2 });
    expect(says(5_000)).toEqual([]);
  });

  test("as a human's where one has looked at the chat in the last 10 s, once", () => {
    const { receipts, says, now } = device([had("bob", 9), had("eve", 9)]);
    receipts.start();
    says();
    for (const [ms, upTo, peer] of [
      [10_000, 1, "bob"],
      [10_001, 2, "bob"],
      [0, 3, "eve"],
    ] as const) {
      receipts.looked("bob");
      vi.advanceTimersByTime(ms);
      now(peer, { seen: upTo });
    }
    now("bob", { seen: 4 });
    now("bob", { seen: 5 });
    expect(says()).toEqual([
      "read bob 1",
      "read bob 2 auto",
      "read eve 3 auto",
      "read bob 4",
      "read bob 5 auto",
    ]);
  });
});

describe("receipts are spread", () => {
  const crowd = (size: number) => Array.from({ length: size }, (_, n) => had(`peer${n}`, 1));

  test.each([
    [{ marksPerSecond: 20, marksBurst: 200 }, 221],
    [{ marksPerSecond: 10, marksBurst: 1 }, 9],
    [{ marksPerSecond: 100, marksBurst: 40 }, 105],
  ])("over the half of what the server takes of one user, %j", (limits, size) => {
    const { receipts, says } = device(crowd(size), limits);
    receipts.start();
    const most = Math.max(1, limits.marksBurst * SHARE);
    const order = says();
    expect(order).toHaveLength(most);
    for (let ms = 200; order.length < size; ms += 200) {
      order.push(...says(200));
      const may = Math.floor(most + (ms / 1_000) * limits.marksPerSecond * SHARE + 1e-6);
      expect(order).toHaveLength(Math.min(size, may));
    }
    expect(order).toEqual(crowd(size).map(({ peer }) => `delivered ${peer} 1`));
    expect(vi.getTimerCount()).toBe(0);
  });

  test("and no room gathers beyond a burst", () => {
    const { receipts, says, now, chats } = device(crowd(300));
    for (const { peer } of crowd(300)) chats.set(peer, had(peer, 0));
    receipts.start();
    vi.advanceTimersByTime(3_600_000);
    for (const { peer } of crowd(300)) now(peer, { received: 1 });
    expect(says()).toHaveLength(100);
  });

  test("[G12] those of one group are a second apart, and hold up no other chat", () => {
    const { receipts, says, now } = device([had(G, 1), had(H, 1), had("bob", 1)]);
    receipts.start();
    expect(says()).toHaveLength(3);
    for (const peer of [G, "bob", H]) now(peer, { received: 2 });
    expect(says(200)).toEqual(["delivered bob 2"]);
    expect(says(600)).toEqual([]);
    now(G, { received: 3 });
    expect(says(200)).toEqual([`delivered ${G} 3`, `delivered ${H} 2`]);
    // A look at it that says nothing begins no second.
    now(G, { received: 3 });
    vi.advanceTimersByTime(900);
    now(G, { received: 3 });
    expect(says(100)).toEqual([]);
    now(G, { received: 4 });
    expect(says()).toEqual([`delivered ${G} 4`]);
  });
});

describe("a receipt that is refused for now", () => {
  test("is said again behind the time that the server named, by default a second, and all others behind it", () => {
    for (const afterMs of [undefined, 5_000]) {
      const { receipts, says, now } = device([had("bob", 1), had("eve", 1), had(G, 1)]);
      receipts.start();
      says();
      // It waits for its second.
      now(G, { received: 1 });
      receipts.refused("bob", afterMs);
      now("eve", { received: 2 });
      expect(says((afterMs ?? 1_000) - 1)).toEqual([]);
      expect(says(1)).toEqual(["delivered bob 1", "delivered eve 2"]);
      expect(says(60_000)).toEqual([]);
      receipts.stop();
    }
  });

  test("takes the room for all others with it", () => {
    const chats = Array.from({ length: 40 }, (_, n) => had(`peer${n}`, 1));
    const { receipts, says } = device(chats);
    receipts.start();
    expect(says()).toHaveLength(40);
    for (const { peer } of chats) receipts.refused(peer);
    expect(says(1_000)).toHaveLength(10);
    expect(says(1_000)).toHaveLength(10);
  });

  test("is none of what was not told, or not on this connection", () => {
    const { receipts, says } = device([had("bob", 1)]);
    receipts.start();
    says();
    receipts.refused("eve");
    receipts.stop();
    receipts.refused("bob");
    expect([says(60_000), vi.getTimerCount()]).toEqual([[], 0]);
  });
});
