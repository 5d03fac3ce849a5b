import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { memoryStorage, type ChatClient } from "../../src/client/client.ts";
import { ModelServer } from "./model.ts";
import { openTab, type Tab } from "./tab.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const RUNS = 150;
const USERS = ["alice", "bob"] as const;
type User = (typeof USERS)[number];
const other = (user: User): User => (user === "alice" ? "bob" : "alice");
const RANK = ["pending", "sent", "delivered", "read"];
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** Two people with two tabs each, a server, and a record of what must hold. */
class World {
  readonly server = new ModelServer();
  /** By tab: what each wrote, in order. */
  readonly written: Record<User, string[][]> = { alice: [[], []], bob: [[], []] };
  readonly fallen: string[] = [];
  readonly tabs: Record<User, Tab[]>;
  readonly #disks = { alice: memoryStorage(), bob: memoryStorage() };
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
    const both = (user: User): Tab[] => [this.#open(user), this.#open(user)];
    this.tabs = { alice: both("alice"), bob: both("bob") };
  }

  write(user: User, tab: number): void {
    const mine = this.written[user][tab]!;
    const body = `${user} ${tab} ${mine.length}`;
    mine.push(body);
    this.tabs[user][tab]!.client.send(other(user), body);
  }
  reload(user: User, tab: number): void {
    this.tabs[user][tab]!.die();
    this.tabs[user][tab] = this.#open(user);
  }
  /** As after a crash of an actor host. */
  repeatCopy(user: User): void {
    const entries = this.server.log.mailbox(user);
    const copy = entries.findLast(({ event }) => "cause" in event);
    if (copy) this.server.store(user, copy.event);
  }

  #open(user: User): Tab {
    const tab = openTab(user, this.server, this.#disks[user], this.#random);
    const ranks = new Map<string, number>();
    tab.client.on("message", ({ message: { cid, status, author, body } }) => {
      if (author !== user) return;
      const rank = RANK.indexOf(status);
      if (rank < (ranks.get(cid) ?? 0)) this.fallen.push(`${body}: ${status}`);
      ranks.set(cid, rank);
    });
    return tab;
  }
}

type Step = { name: string; run(world: World): unknown };
const user = fc.constantFrom(...USERS);
const tab = fc.nat(1);
const refused = ["rate_limited", "unavailable", "limit.pending"];
const asked = ["send", "delivered", "read", "chats", "history"] as const;
const steps: [weight: number, fc.Arbitrary<Step>][] = [
  [
    8,
    fc
      .record({ u: user, t: tab })
      .map(({ u, t }) => ({ name: `${u} ${t} writes`, run: (w) => w.write(u, t) })),
  ],
  [4, fc.nat(40).map((ms) => ({ name: `${ms} ms`, run: () => pass(ms) }))],
  [1, fc.nat(9000).map((ms) => ({ name: `${ms} ms`, run: () => pass(ms) }))],
  [2, user.map((u) => ({ name: `${u} is cut off`, run: (w) => w.server.cut(u) }))],
  [
    2,
    fc
      .record({ u: user, t: tab })
      .map(({ u, t }) => ({ name: `${u} ${t} reloads`, run: (w) => w.reload(u, t) })),
  ],
  [
    1,
    fc.record({ u: user, t: tab }).map(({ u, t }) => ({
      name: `${u} ${t} reads`,
      run: (w) => w.tabs[u][t]!.client.markRead(other(u)),
    })),
  ],
  [1, user.map((u) => ({ name: `${u} is told twice`, run: (w) => w.repeatCopy(u) }))],
  [
    1,
    user.map((u) => ({
      name: `${u} is half open`,
      run: (w) => w.server.of(u).forEach((socket) => (socket.dead = true)),
    })),
  ],
  [
    1,
    fc
      .constantFrom(0, 3, 5000)
      .map((max) => ({ name: `gaps up to ${max}`, run: (w) => (w.server.gapMax = max) })),
  ],
  [
    1,
    fc.tuple(fc.constantFrom(...asked), fc.constantFrom(...refused)).map(([t, code]) => ({
      name: `${t}: ${code}`,
      run: (w) => w.server.refusals.push({ t, code, retryable: true, retryAfterMs: 700 }),
    })),
  ],
  [
    1,
    fc
      .boolean()
      .map((down) => ({ name: down ? "down" : "up", run: (w) => (w.server.down = down) })),
  ],
  [1, fc.constant({ name: "another epoch", run: (w) => w.server.rollBack(0) })],
  [1, fc.boolean().map((on) => ({ name: `window ${on}`, run: (w) => (w.server.window = on) }))],
  [
    1,
    user.map((u) => ({
      name: `${u} loses an event`,
      run: (w) => w.server.of(u).forEach((socket) => socket.losses++),
    })),
  ],
];
const history = fc.array(fc.oneof(...steps.map(([weight, arbitrary]) => ({ weight, arbitrary }))), {
  maxLength: 60,
});

test("whatever breaks, each message is shown once, in order, and its status never falls", async () => {
  const random = fc.infiniteStream(fc.double({ min: 0, max: 0.99, noNaN: true }), {
    noHistory: true,
  });
  const property = fc.asyncProperty(history, random, async (done, randoms) => {
    vi.clearAllTimers();
    const world = new World(() => randoms.next().value ?? 0);
    for (const step of done) {
      await step.run(world);
      // Words that a tab heard a moment ago are written.
      await pass(0);
    }
    world.server.down = false;
    world.server.refusals = [];
    await pass(180_000);
    expect(world.fallen).toEqual([]);
    for (const reader of USERS)
      for (const { client } of world.tabs[reader]) await check(world, reader, client);
  });
  await fc.assert(property, { numRuns: RUNS });
}, 60_000);

async function check(world: World, reader: User, client: ChatClient): Promise<void> {
  const peer = other(reader);
  expect(client.connection).toBe("online");
  for (let more = true; more;) {
    const loading = client.loadEarlier(peer);
    await pass(20);
    ({ more } = await loading);
  }
  const shown = client.messages(peer);
  for (const author of USERS) {
    const bodies = shown.filter((message) => message.author === author).map(({ body }) => body);
    for (const [index, mine] of world.written[author].entries())
      expect(bodies.filter((body) => body.startsWith(`${author} ${index} `))).toEqual(mine);
    expect(bodies).toHaveLength(world.written[author].flat().length);
  }
  const unread = world.server.log.chat(reader, peer)?.unread ?? 0;
  expect(client.chats()[0]?.unread ?? 0).toBe(unread);
  const ticks = shown.filter(({ author }) => author === reader).map(({ status }) => status);
  expect(ticks.filter((status) => status !== "delivered" && status !== "read")).toEqual([]);
}
