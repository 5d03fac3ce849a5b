import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { thaw } from "../../src/actors/user.ts";
import type { Copy } from "../../src/events/event.ts";
import { fold } from "./support.ts";
import { Host, Store } from "./world.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

const CHECKPOINT_MS = 200;
const TIDY_MS = 5_000;
const USERS = ["alice", "bob", "carol"] as const;

/** Lets everything that is due happen. */
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

/** Until the host has folded all there is. */
async function folded(store: Store, host: Host): Promise<void> {
  while (host.partition.seq < store.head) await turn();
  await turn();
}

async function pass(store: Store, ms: number): Promise<void> {
  store.now += ms;
  vi.advanceTimersByTime(ms);
  await turn();
}

/** Until every copy that is asked for is stored and folded. */
async function settled(store: Store, host: Host): Promise<void> {
  do await folded(store, host);
  while (host.storeCopy());
}

async function running(store: Store, limits: { actorsMax?: number; idleMs?: number } = {}) {
  const host = new Host(store, limits);
  await host.partition.start();
  return host;
}

const copiesTo = (store: Store, to: string): Copy[] =>
  store.mailbox(to).flatMap(({ kind, raw }) => (kind === "copy" ? [JSON.parse(raw) as Copy] : []));

describe("a partition", () => {
  test("routes each entry to every session that was open, each naming the one before", async () => {
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

  test("does not move the checkpoint beyond a copy that is not stored", async () => {
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

  test("sets aside what cannot be read, and the rest goes on", async () => {
    const store = new Store();
    let host = await running(store);
    store.send("alice", "bob", 1);
    const poison = [
      store.put("fact", "alice", "{"),
      store.put("copy", "alice", '{"type":"Later"}'),
    ];
    store.send("alice", "bob", 2);
    await settled(store, host);
    await pass(store, CHECKPOINT_MS);
    expect(store.deadLetters).toEqual(poison);
    expect(copiesTo(store, "bob")).toMatchObject([{ cid: "phone.1" }, { cid: "phone.2" }]);
    expect(store.checkpoint).toBe(store.head);

    host.kill();
    host = await running(store);
    store.send("alice", "bob", 3);
    await settled(store, host);
    expect(copiesTo(store, "bob").at(-1)).toMatchObject({ cid: "phone.3" });
    host.kill();
  });

  test("tells a session who types, and stores nothing", async () => {
    const store = new Store();
    const host = await running(store);
    store.openSession("bob", "phone");
    await folded(store, host);
    const { head } = store;
    host.typing({ to: "bob", from: "alice" });
    await turn();
    expect(store.routedTo("phone")).toMatchObject([
      { kind: "signal", frame: '{"t":"typing","peer":"alice"}' },
    ]);
    expect(store.head).toBe(head);
    host.kill();
  });

  test("that was cut off from the broker tells every session where its mailbox ends", async () => {
    const store = new Store();
    const host = await running(store);
    const opened = store.openSession("bob", "phone");
    await folded(store, host);
    host.reconnected();
    expect(store.routedTo("phone")).toMatchObject([{ kind: "head", seq: opened }]);
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
    await folded(store, host);
    for (let i = 0; i < 4; i++) {
      await pass(store, TIDY_MS);
      await folded(store, host);
    }
    expect(closings(store)).toEqual([
      '{"type":"SessionClosed","sessionId":"laptop","reason":"gateway-lost"}',
    ]);
    host.kill();
  });

  test("for a moment only, keeps its sessions", async () => {
    const store = new Store();
    const host = await running(store);
    store.openSession("alice", "phone", "gateway-1");
    await folded(store, host);
    store.live.clear();
    await pass(store, TIDY_MS);
    store.live.add("gateway-1");
    await pass(store, TIDY_MS);
    store.live.clear();
    await pass(store, TIDY_MS);
    expect(closings(store)).toEqual([]);
    host.kill();
  });
});

test("actors beyond the limit are let go with a snapshot, and come back as they were", async () => {
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

const runs = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        what: fc.constant("send" as const),
        author: fc.nat(2),
        to: fc.integer({ min: 1, max: 2 }),
      }),
    },
    { weight: 5, arbitrary: fc.record({ what: fc.constant("store" as const), pick: fc.nat(5) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant("fold" as const) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant("checkpoint" as const) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("tidy" as const) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant("crash" as const), late: fc.nat(2) }) },
  ),
  { maxLength: 60 },
);

test("killed at any point, it repeats from the checkpoint: nothing is lost, changed or overtaken", async () => {
  await fc.assert(
    fc.asyncProperty(runs, async (run) => {
      const store = new Store();
      let host = await running(store, { idleMs: TIDY_MS / 2 });
      let n = 0;
      for (const step of run) {
        if (step.what === "send")
          store.send(USERS[step.author] ?? "", USERS[(step.author + step.to) % 3] ?? "", ++n);
        else if (step.what === "store") host.storeCopy(step.pick);
        else if (step.what === "fold") await folded(store, host);
        else if (step.what === "checkpoint") await pass(store, CHECKPOINT_MS);
        else if (step.what === "tidy") await pass(store, TIDY_MS);
        else {
          // What was on its way may still be stored, unheard.
          for (let i = 0; i < step.late; i++) host.storeCopy(i, false);
          host.kill();
          host = await running(store, { idleMs: TIDY_MS / 2 });
        }
      }
      await settled(store, host);
      for (let i = 0; i < 3; i++) await pass(store, TIDY_MS);
      expectAllTold(store);
      for (const user of USERS.filter((name) => store.mailbox(name).length > 0))
        expect(thaw(store.snapshots.get(user) ?? "{}")).toEqual(fold(store.mailbox(user)));
      expect(store.checkpoint).toBe(store.head);
      host.kill();
    }),
    { numRuns: 150 },
  );
});

/** Each fact was copied at least once, each time the same, and whoever drops what is not newer sees them in order. */
function expectAllTold(store: Store): void {
  for (const author of USERS)
    for (const to of USERS) {
      const facts = store
        .mailbox(author)
        .filter(({ kind, raw }) => kind === "fact" && raw.includes(`"to":"${to}"`))
        .map(({ seq }) => seq);
      const copies = copiesTo(store, to).filter((copy) => copy.author === author);
      const causes: number[] = [];
      for (const { cause } of copies) if (cause > (causes.at(-1) ?? 0)) causes.push(cause);
      expect(causes).toEqual(facts);
      const texts = new Set(copies.map((copy) => JSON.stringify(copy)));
      expect(texts.size).toBe(facts.length);
    }
}
