import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { GroupAsk } from "../../../src/events/groupask.ts";
import { Store } from "../store.ts";
import { copiesTo, folded, type Host, pass, running, settled, TIDY_MS } from "../world.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

const G = "g-0123456789012345678901";

/** Asks of a group, by its members' actors, each under the cause behind the one before. */
function asked() {
  const store = new Store();
  let cause = 0;
  const put = (event: object): number => store.put("ask", G, event as GroupAsk);
  const asks = (ask: object, under = 0): number => {
    const of = { author: "ann", group: G, cid: `ann.${++cause}`, cause, under };
    return put({ type: "GroupAsked", ...of, ask });
  };
  const says = (under: number): number => {
    const of = { author: "ann", to: G, cid: `ann.${++cause}`, cause, under, knows: 0, sentAt: 1 };
    return put({ type: "MessageSent", body: `${cause}`, ...of });
  };
  const facts = () => store.mailbox(G).filter(({ kind }) => kind === "group");
  return { store, asks, says, facts };
}

/** A group of ann and bob, and the seq of its first fact. */
async function made(given: ReturnType<typeof asked>, host: Host): Promise<number> {
  const limits = { members: 1_024, sendsPerSecond: 100 };
  given.asks({ do: "create", name: "G", members: ["bob"], limits });
  await settled(given.store, host);
  return given.facts()[0]?.seq ?? 0;
}

test("[A4] what the snapshot of a group has is neither decided, told nor spread again by the next start", async () => {
  const given = asked();
  const { store } = given;
  const first = await running(store, { idleMs: 0 });
  const from = await made(given, first);
  given.says(from);
  await settled(store, first);
  await pass(store, TIDY_MS);
  await folded(store, first);
  expect(store.snapshots.has(G)).toBe(true);
  first.kill();
  [store.checkpoint, store.spread.length] = [0, 0];
  const entries = store.head;
  const second = await running(store);
  await settled(store, second);
  expect(store.spread).toEqual([]);
  expect(store.head).toBe(entries);
  expect(copiesTo(store, "bob")).toHaveLength(1);
  given.says(from);
  await settled(store, second);
  expect(store.spread.map(({ record }) => record)).toMatchObject([{ prev: from + 4 }]);
  second.kill();
});

test("[A6] a group's fact that cannot be read is the last one all the same: followers are told of it, and the next stands behind it", async () => {
  const given = asked();
  const { store } = given;
  const host = await running(store);
  const from = await made(given, host);
  const torn = store.put("group", G, "{");
  given.says(from);
  await settled(store, host);
  expect(store.deadLetters).toMatchObject([{ seq: torn, why: "unreadable" }]);
  const [, passed, said] = store.spread.map(({ record }) => record);
  expect(passed).toMatchObject({ seq: torn, prev: from });
  expect(passed).toMatchObject({ frame: expect.stringContaining('"Unreadable"') });
  expect(said).toMatchObject({ seq: store.head, prev: torn, members: 2 });
  expect(said).toMatchObject({ frame: expect.stringContaining('"body":"2"') });
  host.kill();
});

test("[L5][G1] followers are told in which generation a group's fact lies, and whose membership had ended last before it", async () => {
  const given = asked();
  const { store } = given;
  const host = await running(store);
  const from = await made(given, host);
  given.asks({ do: "remove", user: "bob" }, from);
  await settled(store, host);
  const fact = { kind: "group", owner: G, seq: store.head + 1, at: 1, raw: "{" } as const;
  store.store({ ...fact, generation: 2 });
  await settled(store, host);
  const [, first, second] = store.spread.map(({ record }) => record);
  expect(first).toMatchObject({ ended: "bob" });
  expect(first).not.toHaveProperty("generation");
  expect(first).not.toHaveProperty("endedBefore");
  expect(second).toMatchObject({ generation: 2, endedBefore: given.facts()[1]?.seq });
  expect(second).not.toHaveProperty("ended");
  host.kill();
});

test("[G9] of what a group hears its facts alone are said to have moved it", async () => {
  const given = asked();
  const { store } = given;
  const host = await running(store);
  host.signal({ kind: "audience", gateway: "gw", groups: [G] } as never);
  const from = await made(given, host);
  expect(host.partition.movedFor("gw")).toEqual([{ group: G, seq: from }]);
  host.facts = "held";
  given.says(from);
  await folded(store, host);
  expect(host.partition.movedFor("gw")).toEqual([{ group: G, seq: from }]);
  host.kill();
});
