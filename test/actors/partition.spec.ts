import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CloseReason } from "../../src/events/session.ts";
import { hashOf } from "../../src/rules/resume.ts";
import { thaw } from "../support/frozen.ts";
import { fold } from "./support.ts";
import { Store } from "./store.ts";
import {
  CHECKPOINT_MS,
  copiesTo,
  folded,
  pass,
  running,
  settled,
  TIDY_MS,
  USERS,
} from "./world.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

describe("a partition", () => {
  test("[M1] routes each entry to every session that was open, each naming the one before", async () => {
    const store = new Store();
    const host = await running(store);
    const first = store.openSession("bob", "phone");
    const second = store.openSession("bob", "laptop");
    const third = store.send("bob", "alice", 1);
    await settled(store, host);
    expect(store.routedTo("phone")).toMatchObject([
      { kind: "event", seq: second, prev: first },
      { kind: "event", seq: third, prev: second },
    ]);
    expect(store.routedTo("laptop")).toMatchObject([{ kind: "event", seq: third, prev: second }]);
    host.kill();
  });

  test("tells a gateway of a session of its own that somebody else has ended, if that counts", async () => {
    const store = new Store();
    const host = await running(store);
    const resume = "c2VjcmV0c2VjcmV0c2Vjcg";
    const ids = { gatewayId: "gateway-1", deviceId: "d", resume: hashOf(resume) };
    for (const sessionId of ["ghost", "safe", "lost", "left"])
      store.put("session", "bob", { type: "SessionOpened", sessionId, ...ids });
    const close = (
      sessionId: string,
      end: { reason: CloseReason; resume?: string; elsewhere?: true },
    ) => store.put("session", "bob", { type: "SessionClosed", sessionId, ...end });
    close("ghost", { reason: "replaced", resume, elsewhere: true });
    close("safe", { reason: "replaced", resume: "A".repeat(22), elsewhere: true });
    close("lost", { reason: "gateway-lost", elsewhere: true });
    close("left", { reason: "left" });
    await settled(store, host);
    const ends = (sessionId: string) =>
      store.routedTo(sessionId).filter(({ kind }) => kind === "closed");
    expect(ends("ghost")).toMatchObject([{ close: "replaced" }]);
    expect(ends("lost")).toMatchObject([{ close: "resync" }]);
    expect([ends("safe"), ends("left")]).toEqual([[], []]);
    host.kill();
  });

  test("[A4] does not move the checkpoint beyond a copy that is not stored", async () => {
    const store = new Store();
    const host = await running(store);
    const sent = store.send("alice", "bob", 1);
    store.openSession("carol", "phone");
    await folded(store, host);
    await pass(store, CHECKPOINT_MS);
    expect(store.checkpoint).toBe(sent - 1);
    await settled(store, host);
    await pass(store, CHECKPOINT_MS);
    expect(store.checkpoint).toBe(store.head);
    host.kill();
  });

  test("[A5] writes no snapshot of an actor while a copy of it is under way", async () => {
    const store = new Store();
    const host = await running(store, { idleMs: 1 });
    const sent = store.send("alice", "bob", 1);
    store.send("bob", "alice", 1);
    await folded(store, host);
    host.storeCopy(1);
    await folded(store, host);
    await pass(store, TIDY_MS);
    await folded(store, host);
    expect([...store.snapshots.keys()]).toEqual(["bob"]);
    await settled(store, host);
    await pass(store, TIDY_MS);
    await folded(store, host);
    expect(thaw(store.snapshots.get("alice") ?? "{}").seq).toBeGreaterThan(sent);
    host.kill();
  });

  test.each([
    ["without a snapshot", undefined],
    ["with one that cannot be read", "{ torn"],
  ])("%s, knows all that the mailbox holds before the entry in hand", async (_, snapshot) => {
    const store = new Store();
    const opened = store.openSession("alice", "phone");
    if (snapshot !== undefined) store.snapshots.set("alice", snapshot);
    store.checkpoint = opened;
    const host = await running(store);
    const sent = store.send("alice", "bob", 1);
    await settled(store, host);
    expect(store.routedTo("phone")).toMatchObject([{ kind: "event", seq: sent, prev: opened }]);
    host.kill();
  });

  test("loads its actors when the broker is back, and nothing is left out", async () => {
    const store = new Store();
    store.outage = 3;
    const host = await running(store);
    const opened = store.openSession("alice", "phone");
    const sent = store.send("alice", "bob", 1);
    await settled(store, host);
    expect(store.routedTo("phone")).toMatchObject([{ kind: "event", seq: sent, prev: opened }]);
    expect(copiesTo(store, "bob")).toHaveLength(1);
    host.kill();
  });

  test("that stops while the broker stores nothing, does not wait for it", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout"] });
    const store = new Store();
    const host = await running(store);
    store.openSession("alice", "phone");
    await folded(store, host);
    host.kill();
    const settling = host.partition.settle();
    await vi.advanceTimersByTimeAsync(3_000);
    await settling;
    expect(store.checkpoint).toBe(0);
  });

  test("does not work off again what a snapshot has, but tells where the mailbox ends", async () => {
    const store = new Store();
    const first = await running(store, { idleMs: 0 });
    store.openSession("alice", "phone");
    store.send("alice", "bob", 1);
    await settled(store, first);
    await pass(store, TIDY_MS);
    await folded(store, first);
    first.kill();
    [store.checkpoint, store.routed.length] = [0, 0];
    const second = await running(store);
    await folded(store, second);
    expect(second.lanes.size).toBe(0);
    expect(new Set(store.routedTo("phone").map(({ kind }) => kind))).toEqual(new Set(["head"]));
    second.kill();
  });

  test("[P4] tells a session who types, and stores nothing", async () => {
    const store = new Store();
    const host = await running(store);
    store.openSession("bob", "phone");
    await folded(store, host);
    const { head } = store;
    host.signal({ kind: "typing", to: "bob", from: "alice" });
    await folded(store, host);
    expect(store.routedTo("phone")).toMatchObject([
      { kind: "signal", frame: '{"t":"typing","peer":"alice"}' },
    ]);
    expect(store.head).toBe(head);
    host.kill();
  });
});

describe("a gateway that is lost", () => {
  const closings = (store: Store) =>
    store.mailbox("alice").flatMap(({ raw }) => (raw.includes("SessionClosed") ? [raw] : []));

  test("has its sessions closed, once; those of others stay open", async () => {
    const store = new Store();
    const host = await running(store);
    store.openSession("alice", "phone", "gateway-1");
    store.openSession("alice", "laptop", "gateway-9");
    store.dead.add("gateway-9");
    await folded(store, host);
    for (let i = 0; i < 4; i++) {
      await pass(store, TIDY_MS);
      await folded(store, host);
    }
    expect(closings(store)).toEqual([
      '{"type":"SessionClosed","sessionId":"laptop","reason":"gateway-lost","elsewhere":true}',
    ]);
    host.kill();
  });
});

test("however many actors are beyond the limit, one tidying lets them go", async () => {
  const store = new Store();
  const host = await running(store, { actorsMax: 10 });
  for (let i = 0; i < 500; i++) store.openSession(`user-${i}`, `session-${i}`);
  await folded(store, host);
  await pass(store, TIDY_MS);
  for (let turns = 0; store.snapshots.size < 490 && turns < 100; turns++) await folded(store, host);
  expect(store.snapshots.size).toBe(490);
  for (let i = 0; i < 500; i++) store.openSession(`user-${i}`, `second-${i}`);
  await folded(store, host);
  expect(store.loaded.length).toBe(500 + 490);
  host.kill();
});

test("[A9] actors beyond the limit are let go with a snapshot, and come back as they were", async () => {
  const store = new Store();
  const host = await running(store, { actorsMax: 1 });
  for (let n = 1; n <= 12; n++) {
    store.send(USERS[n % 3] ?? "alice", USERS[(n + 1) % 3] ?? "bob", n);
    await settled(store, host);
    await pass(store, TIDY_MS);
    await folded(store, host);
  }
  for (const user of USERS) expect(copiesTo(store, user)).toHaveLength(4);
  // The least recently used ones are those with a snapshot of all they have.
  const complete = USERS.filter((user) => {
    const text = store.snapshots.get(user);
    if (text === undefined) return false;
    expect(thaw(text)).toEqual(
      fold(store.mailbox(user).filter(({ seq }) => seq <= thaw(text).seq)),
    );
    return thaw(text).seq === store.mailbox(user).at(-1)?.seq;
  });
  expect(complete.length).toBeGreaterThanOrEqual(2);
  host.kill();
});
