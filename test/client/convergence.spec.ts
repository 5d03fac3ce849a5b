import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ChatClient } from "../../src/client/client.ts";
import { USERS, World, type User } from "./world.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/**
 * `CONVERGENCE_RUNS=2000 PROPERTY_SEED=7` runs more histories, and others; a red one names its seed and its path, by which
 * `PROPERTY_SEED` and `CONVERGENCE_PATH` run it again, the seed alone from the first on.
 */
const RUNS = Number(process.env["CONVERGENCE_RUNS"] ?? 50);
const PATH = process.env["CONVERGENCE_PATH"];
/** More runs than usual have more time. */
const TIME_MS = Math.max(90_000, 1_000 * RUNS);
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

type Step = { name: string; run(world: World): unknown };
const user = fc.constantFrom(...USERS);
const tab = fc.nat(1);
const pair = fc.shuffledSubarray([...USERS], { minLength: 2, maxLength: 2 });
const onTab = (verb: string, run: (w: World, u: User, t: number) => unknown): fc.Arbitrary<Step> =>
  fc.tuple(user, tab).map(([u, t]) => ({ name: `${u} ${t} ${verb}`, run: (w) => run(w, u, t) }));
const byUser = (verb: string, run: (w: World, u: User) => unknown): fc.Arbitrary<Step> =>
  user.map((u) => ({ name: `${u} ${verb}`, run: (w) => run(w, u) }));
const refused = ["rate_limited", "unavailable", "limit.pending"];
const asked = ["send", "delivered", "read", "chats", "history"] as const;

const steps: [weight: number, fc.Arbitrary<Step>][] = [
  [
    9,
    fc.tuple(pair, tab, fc.nat(3)).map(([[u = "bob", peer = "alice"], t, more]) => ({
      name: `${u} ${t} writes to ${peer}, ${more + 1} times`,
      run: (w) => Array.from({ length: more + 1 }, () => w.write(u, t, peer)),
    })),
  ],
  [4, fc.nat(40).map((ms) => ({ name: `${ms} ms`, run: () => pass(ms) }))],
  [1, fc.nat(9000).map((ms) => ({ name: `${ms} ms`, run: () => pass(ms) }))],
  [2, byUser("is cut off", (w, u) => w.server.cut(u))],
  [
    3,
    fc.tuple(user, fc.constantFrom(0, 3, 30, 700, 12_000)).map(([u, ms]) => ({
      name: `${u}'s servers go away within ${ms} ms`,
      run: (w) => w.server.goAway(u, ms),
    })),
  ],
  [1, byUser("'s servers lose their log", (w, u) => w.server.tellOf(u, "goaway"))],
  [1, byUser("'s servers have it again", (w, u) => w.server.tellOf(u, "stay"))],
  [2, onTab("reloads", (w, u, t) => w.reload(u, t))],
  [1, onTab("is closed", (w, u, t) => w.close(u, t))],
  [1, byUser("opens a tab", (w, u) => w.open(u))],
  [
    1,
    pair.map(([u = "bob", peer = "alice"]) => ({
      name: `${u} reads ${peer}`,
      run: (w) => w.tabs[u][0]?.client.markRead(peer),
    })),
  ],
  [1, byUser("is told twice", (w, u) => w.repeatCopy(u))],
  [
    1,
    byUser("is half open", (w, u) => {
      for (const socket of w.server.of(u)) socket.dead = true;
    }),
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
    2,
    fc.constant({
      name: "a send fails",
      run: (w) => w.server.refusals.push({ t: "send", code: "forbidden", retryable: false }),
    }),
  ],
  [2, byUser("tries again", (w, u) => w.retry(u))],
  [
    1,
    fc
      .boolean()
      .map((down) => ({ name: down ? "down" : "up", run: (w) => (w.server.down = down) })),
  ],
  [1, fc.constant({ name: "another epoch", run: (w) => w.server.begins(`${Math.random()}`) })],
  [1, fc.constant({ name: "another generation", run: (w) => w.server.rollBack(0) })],
  [1, fc.boolean().map((on) => ({ name: `window ${on}`, run: (w) => (w.server.window = on) }))],
  [
    1,
    byUser("loses an event", (w, u) => {
      for (const socket of w.server.of(u)) socket.losses++;
    }),
  ],
  [
    1,
    fc
      .constantFrom(0, 50, 8000)
      .map((ms) => ({ name: `gateways take ${ms} ms`, run: (w) => (w.server.lagMs = ms) })),
  ],
  [1, byUser("clears the site's data", (w, u) => w.clear(u))],
  [
    1,
    fc.tuple(user, fc.boolean()).map(([u, full]) => ({
      name: `${u}'s disk is ${full ? "full" : "free"}`,
      run: (w) => (w.disks[u].full = full),
    })),
  ],
  [
    1,
    pair.map(([u = "bob", peer = "alice"]) => ({
      name: `a copy of ${u}'s machine writes to ${peer}`,
      run: (w) => w.twin(u, peer),
    })),
  ],
  [
    1,
    fc.constant({
      name: "a socket too many",
      run: (w) => w.server.refusals.push({ t: "hello", code: "limit.sockets", retryable: true }),
    }),
  ],
  [1, fc.constant({ name: "clocks go back", run: () => vi.setSystemTime(Date.now() - 3_600_000) })],
];
const history = fc.array(fc.oneof(...steps.map(([weight, arbitrary]) => ({ weight, arbitrary }))), {
  maxLength: 60,
  size: "max",
});

test(
  "[S5] whatever breaks, each message is shown once, in order, its status never falls, and each change is announced",
  async () => {
    const random = fc.infiniteStream(fc.double({ min: 0, max: 0.99, noNaN: true }), {
      noHistory: true,
    });
    const property = fc.asyncProperty(history, random, tab, async (done, randoms, second) => {
      vi.clearAllTimers();
      const world = new World(() => randoms.next().value ?? 0, 1 + second);
      for (const step of done) {
        await step.run(world);
        // Words that a tab heard a moment ago are written.
        await pass(0);
        world.look();
      }
      await calm(world);
      world.look();
      world.countForgotten();
      expect(world.unread).toEqual([]);
      expect(world.fallen).toEqual([]);
      expect(world.server.breaches).toEqual([]);
      for (const reader of USERS)
        for (const { client } of world.tabs[reader]) await check(world, reader, client);
    });
    await fc.assert(property, {
      numRuns: RUNS,
      ...(PATH !== undefined && { path: PATH, endOnFailure: true }),
      // A run that takes longer on a loaded machine is shrunk no further.
      interruptAfterTimeLimit: TIME_MS,
    });
  },
  2 * TIME_MS,
);

/** Nothing breaks any more, and everything that waits has its time. */
async function calm({ server, disks }: World): Promise<void> {
  server.down = false;
  server.refusals = [];
  server.lagMs = 0;
  for (const who of USERS) disks[who].full = false;
  await pass(240_000);
}

async function check(world: World, reader: User, client: ChatClient): Promise<void> {
  expect(client.connection.state).toBe("online");
  for (const peer of USERS.filter((each) => each !== reader)) {
    while (client.messages(peer).hasEarlier) {
      const loading = client.loadEarlier(peer);
      await pass(20);
      await loading;
    }
    checkTexts(world, reader, peer, client);
    const unread = world.server.log.chat(reader, peer)?.unread ?? 0;
    const line = client.chats().items.find((chat) => chat.peer === peer);
    expect(line?.unread ?? 0).toBe(unread);
  }
}

function checkTexts(world: World, reader: User, peer: User, client: ChatClient): void {
  const shown = client.messages(peer).items.filter(({ status }) => status !== "failed");
  for (const author of [reader, peer]) {
    const failed = world.failed(author);
    const here = world.texts.filter(
      (text) => text.author === author && [reader, peer].includes(text.peer),
    );
    const bodies = shown.filter((message) => message.author === author).map(({ body }) => body);
    expect(new Set(bodies).size, `doubled: ${bodies.join()}`).toBe(bodies.length);
    for (const { body, gone } of here)
      if (!gone && !failed.has(body)) expect(bodies).toContain(body);
    for (const run of new Set(here.map((text) => text.run))) {
      const mine = here.filter((text) => text.run === run && !text.astray && !text.gone);
      const order = new Set(mine.map(({ body }) => body));
      expect(bodies.filter((body) => order.has(body))).toEqual([...order]);
    }
  }
  const waiting = shown.filter(
    ({ author, status }) => author === reader && !["delivered", "read"].includes(status),
  );
  expect(waiting.map(({ body, status }) => `${body}: ${status}`)).toEqual([]);
}
