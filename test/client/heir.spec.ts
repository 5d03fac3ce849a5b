import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Entries } from "../../src/client/outbox/entries.ts";
import type { OutboxEntry } from "../../src/client/outbox/entry.ts";
import { Heir } from "../../src/client/outbox/heir.ts";
import type { Held } from "../../src/client/outbox/turns.ts";
import { left } from "./devices.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A client that looks after `mine` and what was left in its storage. */
function heir(
  stored: OutboxEntry[],
  meta: { user?: string; login: string } = { user: "alice", login: "l" },
) {
  const posts: string[] = [];
  const state = {
    /** Instances that another client looks after. */
    others: new Set<string>(),
    stored: stored as OutboxEntry[] | undefined,
    pending: new Set<string>(),
    pumps: 0,
    missed: 0,
    renewals: 0,
    adopts: true,
    adopted: [] as OutboxEntry[],
    onTake: (): void => undefined,
    looks: 0,
    takes: 0,
  };
  const entries = new Entries(
    () => undefined,
    () => void state.missed++,
  );
  const mine = new Set<string>();
  const orphans = {
    claim: async (writer: string) => {
      if (state.others.has(writer)) return false;
      mine.add(writer);
      return true;
    },
    isMine: (writer: string) => mine.has(writer),
    yield: () => mine.clear(),
    take: async (except: string) => {
      state.takes++;
      await Promise.resolve();
      state.onTake();
      const all = state.stored;
      for (const { writer } of all ?? []) if (!state.others.has(writer)) mine.add(writer);
      return (
        all && {
          stored: all,
          taken: all.filter(({ writer }) => writer !== except && mine.has(writer)),
        }
      );
    },
  };
  const pen = { instance: "mine", renew: () => void (pen.instance = `mine${++state.renewals}`) };
  const local = {
    orphans,
    meta,
    logouts: 0,
    look: async () => void state.looks++,
    saving: { isPending: (cid: string) => state.pending.has(cid), gone: [] },
    post: ({ cid, error }: OutboxEntry, gone: boolean) =>
      void posts.push(`${gone ? "gone" : "post"} ${cid}${error ? ` ${error}` : ""}`),
  };
  const news: Omit<Held, "entry"> = {
    state: "waiting",
    unsure: false,
    taken: false,
    adopted: false,
    repeated: false,
    since: { elapsed: 0, wall: 0 },
  };
  const outbox = {
    pump: () => void state.pumps++,
    adopt: (entry: OutboxEntry) => {
      if (!state.adopts) return false;
      state.adopted.push(entry);
      entries.add(entry, news);
      return true;
    },
  };
  const holds = (entry: OutboxEntry, more: Partial<Held> = {}): void =>
    entries.add(entry, { ...news, ...more });
  const it = new Heir({ local, entries, outbox, pen } as never);
  return { it, state, posts, entries, local, pen, mine, holds };
}
const cids = (entries: readonly OutboxEntry[]): string[] => entries.map(({ cid }) => cid);

describe("[C3] a client that looks for what others have left", () => {
  test("goes on with it, once, as its user's, and sends what is due", async () => {
    const nobodys = left("dead.2", { author: "" });
    const all = [left("dead.1", { login: "before" }), nobodys, left("dead.3"), left("dead.4")];
    const { it, state, posts, holds, mine } = heir(all);
    mine.add("dead");
    holds(left("dead.3"));
    state.pending.add("dead.4");
    await it.look();
    expect(cids(state.adopted)).toEqual(["dead.1", "dead.2"]);
    expect(state.adopted.map(({ author }) => author)).toEqual(["alice", "alice"]);
    expect([posts, state.pumps]).toEqual([[], 1]);
  });

  test("forgets there what is shown here already, and what was of somebody else, and says so", async () => {
    const nobodys = left("dead.2", { author: "", login: "other" });
    const all = [left("dead.1", { author: "bob" }), nobodys, left("dead.3")];
    const { it, state, posts } = heir(all);
    state.adopts = false;
    await it.look();
    expect(posts).toEqual(["gone dead.1", "gone dead.2", "gone dead.3"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(state.missed).toBe(1);
    // Before the first welcome an author is as good as any.
    const early = heir([left("dead.1", { author: "bob" }), nobodys], { login: "l" });
    await early.it.look();
    expect(early.state.adopted).toMatchObject([{ cid: "dead.1", author: "bob" }]);
    expect(early.posts).toEqual(["gone dead.2"]);
  });

  test("leaves it where it lies, when it has no room for more", async () => {
    const { it, state, entries, posts, holds, mine } = heir([left("dead.1")]);
    mine.add("mine");
    for (let n = 1; !entries.isFull; n++) holds(left(`mine.${n}`));
    await it.look();
    expect([state.adopted, posts]).toEqual([[], []]);
  });

  test("leaves all of it, where it has logged out meanwhile, and only sends its own where nothing can be read", async () => {
    const { it, state, local } = heir([left("dead.1")]);
    state.onTake = () => void local.logouts++;
    await it.look();
    expect([state.adopted, state.pumps]).toEqual([[], 0]);
    const broken = heir([]);
    broken.state.stored = undefined;
    await broken.it.look();
    expect(broken.state.pumps).toBe(1);
  });

  test("writes once more that an entry of its own has failed, where another has written an older state", async () => {
    const failed = { error: "forbidden" };
    const all = ["mine.1", "mine.2", "mine.3", "away.1"].map((cid) => left(cid));
    const { it, state, posts, holds, mine } = heir([
      ...all.slice(0, 2),
      left("mine.3", failed),
      all[3]!,
    ]);
    mine.add("mine");
    state.others.add("away");
    for (const cid of ["mine.1", "mine.3", "mine.4", "away.1"]) holds(left(cid, failed));
    holds(left("mine.2"));
    await it.look();
    expect(posts).toEqual(["post mine.1 forbidden"]);
  });
});

describe("[C3] entries that another client looks after", () => {
  test("fail here where they have failed there", async () => {
    const failed = { error: "forbidden" };
    const { it, state, entries, holds } = heir([
      left("away.1", failed),
      left("away.2"),
      left("away.3", { error: "other" }),
    ]);
    state.others.add("away");
    for (const cid of ["away.1", "away.2"]) holds(left(cid));
    holds(left("away.3", failed));
    holds(left("away.4"));
    await it.look();
    expect(
      ["away.1", "away.2", "away.3", "away.4"].map((cid) => entries.find(cid)?.entry.error),
    ).toEqual(["forbidden", undefined, "forbidden", undefined]);
  });

  test("are gone on with, when that one is gone, as the storage has them, or as they are here", async () => {
    const { it, state, entries, holds } = heir([left("away.1", { body: "newer" })]);
    holds(left("away.1", { body: "older" }));
    holds(left("away.2"));
    holds(left("away.3"), { state: "underWay" });
    holds(left("away.4"));
    holds(left("gone.1"));
    state.onTake = () => void state.pending.add("away.4");
    await it.look();
    expect(state.adopted.map(({ cid, body }) => [cid, body])).toEqual([
      ["away.1", "newer"],
      ["away.2", ""],
      ["gone.1", ""],
    ]);
    expect(cids(entries.all)).toEqual(["away.3", "away.4", "away.1", "away.2", "gone.1"]);
  });

  test("that are written down here just now are no news", async () => {
    const { it, state, entries, holds } = heir([]);
    state.pending.add("away.1");
    holds(left("away.1"));
    state.onTake = () => state.pending.clear();
    await it.look();
    expect([state.adopted, cids(entries.all)]).toEqual([[], ["away.1"]]);
  });
});

describe("[C3] an heir", () => {
  test("begins anew where another client goes on with what was written here", async () => {
    const { it, state, pen, mine } = heir([]);
    await it.begin();
    expect([pen.instance, state.renewals]).toEqual(["mine", 0]);
    mine.clear();
    state.others.add("mine");
    await it.look();
    expect([pen.instance, mine.has("mine1")]).toEqual(["mine1", true]);
    it.yield();
    expect(mine.size).toBe(0);
  });

  test("looks when it has caught up, and each 30 s from then on, one look at a time, until its socket is gone", async () => {
    const { it, state } = heir([]);
    it.start();
    it.start();
    await vi.advanceTimersByTimeAsync(29_999);
    expect([state.looks, state.takes]).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(1);
    expect(state.takes).toBe(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(state.takes).toBe(4);
    it.stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect([state.takes, vi.getTimerCount()]).toEqual([4, 0]);
  });
});
