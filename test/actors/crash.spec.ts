import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newcomer, type UserState } from "../../src/actors/user.ts";
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
  { maxLength: 32 },
);

test("[A4] killed at any point, it repeats from the checkpoint: nothing is lost, changed or overtaken", async () => {
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
          // A publish that was on its way may still be stored, unheard.
          for (let i = 0; i < step.late; i++) host.storeCopy(i, false);
          host.kill();
          host = await running(store, { idleMs: TIDY_MS / 2 });
        }
      }
      await settled(store, host);
      for (let i = 0; i < 3; i++) await pass(store, TIDY_MS);
      expectAllTold(store);
      for (const user of USERS.filter((name) => store.mailbox(name).length > 0))
        expect(resumed(store, user)).toEqual(fold(store.mailbox(user)));
      expect(store.checkpoint).toBe(store.head);
      host.kill();
    }),
    { numRuns: 150 },
  );
});

/**
 * The user as the next host would make it: the snapshot and the tail. There is no snapshot when the
 * host was killed before it wrote one and nothing behind the checkpoint has called for the actor since.
 */
function resumed(store: Store, user: string): UserState {
  const text = store.snapshots.get(user);
  const snapshot = text === undefined ? newcomer : thaw(text);
  const tail = store.mailbox(user).filter(({ seq }) => seq > snapshot.seq);
  return fold(tail, snapshot);
}

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

test("[L1] an actor whose entries wait for their turn is not let go meanwhile: no copy is taken for stored that is not", async () => {
  const store = new Store();
  const loads = store.delayLoading();
  let host = await running(store, { idleMs: 0 });
  const people = Array.from({ length: 200 }, (_, i) => `user-${i}`);
  for (const user of people) store.send(user, "bob", 1);
  loads();
  while (host.partition.load < people.length) await pass(store, 0);
  await pass(store, TIDY_MS);
  expect(host.partition.isCalm, "some wait for their turn while others are let go").toBe(false);
  await folded(store, host);
  for (const user of people) store.openSession(user, `${user}'s phone`);
  await folded(store, host);
  for (let i = 0; i < 3; i++) await pass(store, TIDY_MS);
  host.kill();
  host = await running(store);
  await settled(store, host);
  expect(copiesTo(store, "bob")).toHaveLength(people.length);
});
