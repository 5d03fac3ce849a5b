import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { GroupAsk } from "../../../src/events/groupask.ts";
import type { GroupFact } from "../../../src/events/groupfact.ts";
import { PATIENCE } from "../../support/patience.ts";
import { Store } from "../store.ts";
import {
  CHECKPOINT_MS,
  copiesTo,
  folded,
  Host,
  pass,
  running,
  settled,
  TIDY_MS,
} from "../world.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval"] }));
afterEach(() => void vi.useRealTimers());

const G = "g-0123456789012345678901";
const LIMITS = { members: 1_024, sendsPerSecond: 100 };

/** A copy in the group's mailbox, as the actor of `author` puts it there. */
const put = (store: Store, ask: GroupAsk): number => store.put("ask", G, ask);
const asks = (store: Store, author: string, cause: number, ask: object, under = 0): number =>
  put(store, {
    type: "GroupAsked",
    author,
    group: G,
    cid: `${author}.${cause}`,
    cause,
    under,
    ask,
  } as GroupAsk);
const says = (store: Store, author: string, cause: number, under: number): number =>
  put(store, {
    type: "MessageSent",
    author,
    to: G,
    cid: `${author}.${cause}`,
    body: `${cause}`,
    cause,
    under,
    knows: 0,
    sentAt: 1,
  });

const factsOf = (store: Store): GroupFact[] =>
  store
    .mailbox(G)
    .flatMap(({ kind, raw }) => (kind === "group" ? [JSON.parse(raw) as GroupFact] : []));
const said = (store: Store): string[] =>
  factsOf(store).flatMap((fact) => (fact.type === "MessageSent" ? [fact.body] : []));

/** A group of ann and bob, as its host has made it. */
async function made(store: Store, host: Host): Promise<number> {
  asks(store, "ann", 1, { do: "create", name: "G", members: ["bob"], limits: LIMITS });
  await settled(store, host);
  return store.mailbox(G).find(({ kind }) => kind === "group")?.seq ?? 0;
}

/** A host of it, and where it begins. */
async function hosted() {
  const store = new Store();
  const host = await running(store);
  return { store, host, from: await made(store, host) };
}

describe("[G1] what a group decides", () => {
  test("is stored in the order of the decisions, spread behind the one before, and told to those who come", async () => {
    const { store, host, from } = await hosted();
    for (let cause = 2; cause < 6; cause++) says(store, "ann", cause, from);
    await settled(store, host);
    expect(said(store)).toEqual(["2", "3", "4", "5"]);
    for (const user of ["ann", "bob"])
      expect(copiesTo(store, user)).toMatchObject([{ type: "GroupJoined", author: G, from }]);
    const seqs = store.mailbox(G).flatMap(({ kind, seq }) => (kind === "group" ? [seq] : []));
    expect(store.spread.map(({ record }) => record)).toMatchObject(
      seqs.map((seq, i) => ({ kind: "event", seq, prev: seqs[i - 1] ?? 0, members: 2 })),
    );
  });

  test("names in its envelope whose membership ends, and the last one before it that ended one", async () => {
    const { store, host, from } = await hosted();
    asks(store, "ann", 2, { do: "remove", user: "bob" }, from);
    asks(store, "ann", 3, { do: "leave" }, from);
    await settled(store, host);
    const [, first, second] = store.mailbox(G).filter(({ kind }) => kind === "group");
    expect(first).toMatchObject({ ended: "bob" });
    expect(first).not.toHaveProperty("endedBefore");
    expect(second).toMatchObject({ ended: "ann", endedBefore: first?.seq });
    expect(store.spread.at(-1)?.record).toMatchObject({ ended: "ann", endedBefore: first?.seq });
  });

  test("is owed until it is stored: the checkpoint stays below, the actor is kept, and the next start states it", async () => {
    const store = new Store();
    let host = await running(store, { idleMs: 60_000 });
    const from = await made(store, host);
    host.facts = "held";
    const copy = says(store, "ann", 2, from);
    await folded(store, host);
    for (let i = 0; i < 15; i++) await pass(store, TIDY_MS);
    expect(store.checkpoint).toBe(copy - 1);
    expect(host.partition.load).toBe(1);
    // Others go on meanwhile, and the snapshot has what is owed.
    for (let n = 1; n <= 3; n++) store.send("carol", "dave", n);
    await settled(store, host);
    host.kill();
    host = new Host(store);
    await host.partition.start();
    await settled(store, host);
    expect(said(store)).toEqual(["2"]);
    await pass(store, CHECKPOINT_MS);
    expect(store.checkpoint).toBe(store.head);
  });

  test("is stored once where the answer is lost: another fact is the last one, so it is read", async () => {
    const { store, host, from } = await hosted();
    host.facts = "unheard";
    for (let cause = 2; cause < 8; cause++) says(store, "ann", cause, from);
    await settled(store, host);
    expect(said(store)).toEqual(["2", "3", "4", "5", "6", "7"]);
  });

  test("is stated again, before all that is behind it, where the log does not take it for now", async () => {
    const { store, host, from } = await hosted();
    host.facts = "refused";
    for (let cause = 2; cause < 5; cause++) says(store, "ann", cause, from);
    await folded(store, host);
    expect(said(store)).toEqual([]);
    host.facts = "heard";
    await vi.waitFor(() => expect(said(store)).toEqual(["2", "3", "4"]), PATIENCE);
  });

  test("is told to 256 people by one fact, and the checkpoint waits for each of them", async () => {
    const { store, host, from } = await hosted();
    const users = Array.from({ length: 256 }, (_, i) => `user-${i}`);
    asks(store, "ann", 2, { do: "add", users }, from);
    const add = store.head + 1;
    await folded(store, host);
    await vi.waitFor(() => expect(host.lanes.size).toBeGreaterThan(255), PATIENCE);
    for (let i = 0; i < 255; i++) host.storeCopy();
    await folded(store, host);
    await pass(store, CHECKPOINT_MS);
    expect(store.checkpoint).toBe(add - 1);
    await settled(store, host);
    await pass(store, CHECKPOINT_MS);
    expect(store.checkpoint).toBe(store.head);
    for (const user of users) expect(copiesTo(store, user)).toHaveLength(1);
  });

  test("is owed to people of a stream that is away as it was told: the log alone does not say it", async () => {
    const { store, host, from } = await hosted();
    for (let n = 1; n <= 2_048; n++) store.send("carol", "far-dave", n);
    asks(store, "ann", 2, { do: "add", users: ["far-erin"] }, from);
    await folded(store, host);
    await folded(store, host);
    expect(host.lanes.has(`${G}>far-erin`)).toBe(false);
    await settled(store, host);
    const fact = store.mailbox(G).findLast(({ kind }) => kind === "group")?.seq;
    await vi.waitFor(async () => {
      await settled(store, host);
      expect(copiesTo(store, "far-erin")).toMatchObject([{ type: "GroupJoined", from: fact }]);
    }, PATIENCE);
  });

  test("comes out the same whoever dies, sleeps or runs beside another: once each, in one order", async () => {
    const steps = fc.array(
      fc.record({
        does: fc.constantFrom("say", "say", "say", "kill", "second", "hold", "deafen", "heal"),
        who: fc.nat(1),
      }),
      { minLength: 4, maxLength: 24 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (run) => {
        const store = new Store();
        const hosts: Host[] = [await running(store)];
        const from = await made(store, hosts[0]!);
        const cause = { ann: 1, bob: 0 };
        const expected: string[] = [];
        const all = async (): Promise<void> => {
          for (const host of hosts) await folded(store, host);
        };
        for (const { does, who } of run) {
          const host = hosts[who % hosts.length]!;
          if (does === "say") {
            const author = who === 0 ? "ann" : "bob";
            cause[author] += 2;
            says(store, author, cause[author], from);
            expected.push(`${cause[author]}`);
            // A repeat, as its author's actor puts it again behind a crash.
            if (expected.length % 3 === 0) says(store, author, cause[author], from);
          } else if (does === "kill") {
            host.kill();
            hosts.splice(hosts.indexOf(host), 1, await running(store));
          } else if (does === "second" && hosts.length < 3) hosts.push(await running(store));
          else if (does === "hold") host.facts = "held";
          else if (does === "deafen") host.facts = "unheard";
          else host.facts = "heard";
          await all();
          if (who === 0) await pass(store, CHECKPOINT_MS);
        }
        for (const host of hosts.splice(0)) host.kill();
        hosts.push(await running(store));
        await settled(store, hosts[0]!);
        expect(said(store)).toEqual(expected);
        await pass(store, CHECKPOINT_MS);
        expect(store.checkpoint).toBe(store.head);
        hosts[0]!.kill();
      }),
      { numRuns: 20 },
    );
  });
});
