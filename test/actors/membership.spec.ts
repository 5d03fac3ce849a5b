import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { GROUPS_MAX } from "../../src/events/limits.ts";
import { PATIENCE } from "../support/patience.ts";
import { entryOf, fold, given } from "./support.ts";
import { Store } from "./store.ts";
import { CHECKPOINT_MS, folded, Host, pass, running, settled } from "./world.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval"] }));
afterEach(() => void vi.useRealTimers());

const G = "g-0123456789012345678901";
const groupOf = (i: number): string => `g-${`${i}`.padStart(22, "0")}`;

const told = (seq: number, event: { type: string; [field: string]: unknown }): Entry => ({
  ...entryOf(seq, { author: G, cause: seq, ...event }),
  kind: "copy",
});
const joined = (seq: number, from: number, author = G): Entry =>
  told(seq, { type: "GroupJoined", author, from });
const gone = (seq: number, from: number, upTo: number): Entry =>
  told(seq, { type: "GroupLeft", from, upTo, why: "left" });
const sent = (seq: number, cid: string): Entry =>
  entryOf(seq, { type: "MessageSent", author: "alice", to: G, device: "d", cid, body: "x" });
const asked = (seq: number, cid: string, ask: object): Entry =>
  entryOf(seq, { type: "GroupAsked", author: "alice", group: G, device: "d", cid, ask });

describe("[G2] what a user says to a group", () => {
  test("is copied there under the membership that the actor knows", () =>
    given(joined(1, 40)).when(sent(2, "p.1")).tells(G, {
      type: "MessageSent",
      author: "alice",
      to: G,
      cid: "p.1",
      body: "x",
      cause: 2,
      under: 40,
      knows: 1,
      sentAt: 1_000_002,
    }));

  test("is copied under none before they came, and after they went", () => {
    given()
      .when(asked(1, "p.1", { do: "join", secret: "s".repeat(22) }))
      .tells(G, { under: 0 });
    given(joined(1, 40), gone(2, 40, 50))
      .when(sent(3, "p.1"))
      .tells(G, { under: 0 });
    given(joined(1, 40), gone(2, 40, 50), joined(3, 60))
      .when(sent(4, "p.1"))
      .tells(G, { under: 60 });
  });

  test("says which word of the group its author has heard, and none within a second of one that it is busy", () => {
    const busy = told(3, { type: "Refused", cid: "p.1", code: "group.busy", retryAfterMs: 1_000 });
    const full = told(3, { type: "Refused", cid: "p.1", code: "forbidden" });
    given(joined(1, 40), sent(2, "p.1"), busy).when(sent(1_002, "p.2")).tells(G, { knows: 0 });
    given(joined(1, 40), sent(2, "p.1"), busy).when(sent(1_003, "p.2")).tells(G, { knows: 3 });
    given(joined(1, 40), sent(2, "p.1"), full).when(sent(4, "p.2")).tells(G, { knows: 3 });
  });

  test("says so, too, where the log's clock was set back since", () => {
    const busy = (seq: number) =>
      told(seq, { type: "Refused", cid: "p.1", code: "group.busy", retryAfterMs: 1_000 });
    const before = [joined(1, 40), sent(2, "p.1"), busy(9_000)];
    given(...before)
      .when({ ...sent(9_001, "p.2"), at: 5_000 })
      .tells(G, { knows: 9_000 });
    given(...before, { ...busy(9_001), at: 5_000 })
      .when({ ...sent(9_002, "p.2"), at: 5_999 })
      .tells(G, { knows: 0 });
  });

  test("is copied once: a message and an ask take their numbers of one list", () => {
    given(sent(1, "p.1")).when(sent(2, "p.1")).doesNothing();
    given(sent(1, "p.1"))
      .when(asked(2, "p.1", { do: "leave" }))
      .doesNothing();
  });

  test("is told by nobody of what they have read: gateways gather that", () =>
    given(joined(1, 40))
      .when(entryOf(2, { type: "MessageRead", author: "alice", peer: G, device: "d", upTo: 44 }))
      .tellsNobody());
});

describe("[G3] a user in as many groups as one may be in", () => {
  const many = Array.from({ length: GROUPS_MAX }, (_, i) => joined(i + 1, 9, groupOf(i)));

  test("declines the next by leaving it, and is not in it for a moment", () => {
    given(...many)
      .when(joined(900, 40))
      .tells(G, {
        type: "GroupAsked",
        author: "alice",
        group: G,
        ask: { do: "leave", why: "limit" },
        cause: 900,
        under: 40,
      });
    expect(fold([...many, joined(900, 40)]).groups.get(G)).toBeUndefined();
    expect(fold([...many, joined(900, 40), gone(901, 40, 45)]).groups.get(G)).toEqual([]);
  });

  test("declines none that they are in already", () =>
    given(...many)
      .when(joined(900, 12, groupOf(7)))
      .tellsNobody());
});

describe("[G3] a session is told what its user follows", () => {
  const copy = (store: Store, event: object, author = G): number =>
    store.put("copy", "alice", JSON.stringify({ author, ...event }));
  const join = (store: Store, from: number, author = G): number =>
    copy(store, { type: "GroupJoined", cause: from, from }, author);

  test("when it opens, and with each change, behind the entry that says so", async () => {
    const store = new Store();
    const host = await running(store);
    join(store, 40);
    const opened = store.openSession("alice", "s1");
    const later = join(store, 7, groupOf(1));
    const left = copy(store, { type: "GroupLeft", cause: 50, from: 40, upTo: 50, why: "left" });
    await settled(store, host);
    const [one, other] = [
      { group: G, from: 40 },
      { group: groupOf(1), from: 7 },
    ];
    expect(store.followsOf("s1")).toEqual([
      { kind: "follow", sessions: ["s1"], seq: opened, ranges: [one] },
      {
        kind: "follow",
        sessions: ["s1"],
        seq: later,
        ranges: expect.arrayContaining([one, other]),
      },
      {
        kind: "follow",
        sessions: ["s1"],
        seq: left,
        ranges: expect.arrayContaining([{ ...one, upTo: 50 }, other]),
      },
    ]);
  });

  test("when its gateway asks, with what has ended of the groups named", async () => {
    const store = new Store();
    const host = await running(store);
    for (const group of [G, groupOf(1)]) {
      join(store, 40, group);
      copy(store, { type: "GroupLeft", cause: 50, from: 40, upTo: 50, why: "removed" }, group);
    }
    await settled(store, host);
    host.signal({ kind: "follow", user: "alice", session: "s9", gateway: "gw", groups: [G] });
    await vi.waitFor(() => expect(store.followsOf("s9")).toHaveLength(1), PATIENCE);
    expect(store.followsOf("s9")).toEqual([
      {
        kind: "follow",
        sessions: ["s9"],
        seq: store.head,
        ranges: [{ group: G, from: 40, upTo: 50 }],
        asked: true,
      },
    ]);
  });

  test("but for a range whose beginning a roll-back took; the actor asks the group, until that is stored", async () => {
    const store = new Store();
    store.marksOf.set(G, [{ generation: 1, from: 30, before: "0" }]);
    let host = await running(store);
    host.holdsAsks = true;
    const taken = join(store, 40);
    store.openSession("alice", "s1");
    await folded(store, host);
    await pass(store, CHECKPOINT_MS);
    expect(store.checkpoint).toBe(taken - 1);
    expect(store.followsOf("s1")).toMatchObject([{ ranges: [] }]);
    // A snapshot would say that it was asked.
    await host.partition.saveActors(() => false);
    expect(store.snapshots.size).toBe(0);
    host.kill();
    host = new Host(store);
    await host.partition.start();
    await settled(store, host);
    const ask = { type: "GroupAsked", author: "alice", group: G, ask: { do: "standing" } };
    const facts = store.mailbox("alice").filter(({ kind }) => kind === "fact");
    expect(facts.map(({ raw }) => JSON.parse(raw) as unknown)).toEqual([ask]);
    expect(store.asksOf(G)).toMatchObject([{ ask: { do: "standing" }, under: 40 }]);
    await pass(store, CHECKPOINT_MS);
    expect(store.checkpoint).toBe(store.head);
    await host.partition.saveActors(() => false);
    expect(store.snapshots.has("alice")).toBe(true);
  });
});
