import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LocalChat } from "../../src/client/mailbox/localchat.ts";
import { isSame } from "../../src/client/state/same.ts";
import { cut, movedBack, movedOn, NEWEST, WINDOW_MAX } from "../../src/client/state/span.ts";
import { Device, PEERS, type Peer } from "./parts.ts";

/** Random histories; each is read message by message at every step. */
const RUNS = 25;
type Step = { name: string; run(device: Device): unknown };
const peer = fc.constantFrom(...PEERS);
const step = (name: string, run: (device: Device, peer: Peer) => unknown): fc.Arbitrary<Step> =>
  peer.map((who) => ({ name: `${name} ${who}`, run: (device) => run(device, who) }));
const history = fc.array(
  fc.oneof(
    step("hears", (d, p) => d.hears(p)),
    step("hears 30 times", (d, p) => Array.from({ length: 30 }, () => d.hears(p))),
    step("misses", (d, p) => d.hears(p, true)),
    step("sends", (d, p) => d.sends(p)),
    step("writes", (d, p) => d.writes(p)),
    step("fails", (d, p) => d.fails(p)),
    step("is read by", (d, p) => d.isRead(p)),
    step("reads", (d, p) => d.reads(p)),
    step("resyncs with", (d, p) => d.resyncs([p])),
    step("resyncs alone", (d) => d.resyncs([])),
    step("catches up", (d) => d.local.caughtUp(0, "e")),
    step("goes back in", (d, p) => d.state.loadEarlier(p, 100)),
    step("goes back far in", async (d, p) => {
      for (let n = 0; n < 6; n++) await d.state.loadEarlier(p, 100);
    }),
    step("goes on in", (d, p) => d.state.loadLater(p, 70)),
    step("goes to the end of", (d, p) => d.state.loadLatest(p)),
    step("is somebody else", (d, p) => d.local.belongsTo(p === "bob" ? "alice" : p)),
  ),
  { maxLength: 30, size: "max" },
);

/** The turn is over, and what it put off has happened. */
const settled = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

/** Everything that the getters answer, and a name for each content. */
function read({ state }: Device): Map<string, unknown> {
  const named = (name: string, each: unknown) =>
    [`${name}: ${JSON.stringify(each)}`, each] as const;
  return new Map([
    named("chats", state.chats()),
    ...PEERS.map((who) => named(who, state.messages(who))),
    ...PEERS.flatMap((who) => state.messages(who).items.map((each) => named(`in ${who}`, each))),
    ...state.chats().items.map((each) => named("line", each)),
  ]);
}

const readBy = (chat: LocalChat | undefined): number =>
  Math.max(chat?.mine.read ?? 0, chat?.seen ?? 0);

function checkContent(device: Device): void {
  const { state, local } = device;
  for (const who of PEERS) {
    const { items, hasEarlier, hasLater, unreadFrom } = state.messages(who);
    const all = device.all(who);
    const start = Math.max(
      0,
      all.findIndex((each) => isSame(each, items[0])),
    );
    expect(items).toEqual(all.slice(start, start + items.length));
    expect(items.length).toBe(Math.min(items.length || 1, all.length));
    const chat = local.chats.get(who);
    const unread = items.filter(
      ({ author, id = "" }) => author === who && Number(id.split(":")[1]) > readBy(chat),
    );
    expect(unreadFrom).toBe(unread[0]?.id);
    expect(hasLater).toBe(start + items.length < all.length);
    expect(hasEarlier).toBe(start > 0 || (local.chats.get(who)?.more ?? !local.isWhole));
    for (const { cid, id = cid, to } of items) {
      for (const ref of [id, cid]) expect(state.message(who, ref)).toMatchObject({ cid, to });
    }
  }
  const lines = PEERS.flatMap((who) => {
    const last = device.all(who).at(-1);
    if (!last && !local.chats.has(who)) return [];
    return [{ peer: who, unread: local.chats.get(who)?.unread ?? 0, ...(last && { last }) }];
  });
  const { items, hasEarlier } = state.chats();
  expect(new Set(items)).toEqual(new Set(lines));
  const places = items.map(({ last }) => last?.seq ?? Infinity);
  expect(places).toEqual(places.toSorted((a, b) => b - a || 0));
  expect(hasEarlier).toBe(!local.isWhole);
}

describe("what a client shows", () => {
  test("[C9] is another object if and only if it says something else, and every change is announced in its turn", async () => {
    const property = fc.asyncProperty(history, async (steps) => {
      const device = new Device();
      let announced = 0;
      device.announcer.subscribe(() => announced++);
      for (let n = 0; n < 450; n++) device.hears("bob", true);
      let before = read(device);
      for (const { run } of steps) {
        const told = announced;
        await run(device);
        await settled();
        const after = read(device);
        checkContent(device);
        for (const [name, answer] of after) expect(before.get(name) ?? answer).toBe(answer);
        const differs = [...after.keys()].some((name) => !before.has(name));
        if (differs) expect(announced).toBeGreaterThan(told);
        before = after;
      }
    });
    await fc.assert(property, { numRuns: RUNS, interruptAfterTimeLimit: 30_000 });
  });

  test("is announced once for all that happens in a turn", async () => {
    const device = new Device();
    let announced = 0;
    const end = device.announcer.subscribe(() => announced++);
    for (let n = 0; n < 50; n++) device.hears("bob");
    expect(announced).toBe(0);
    await Promise.resolve();
    expect(announced).toBe(1);
    end();
    device.hears("bob");
    await Promise.resolve();
    expect(announced).toBe(1);
  });
});

describe("a window", () => {
  const rows = Array.from({ length: 1_000 }, (_, i) => ({ seq: 2 * i + 1 }));

  test("shows the newest, and goes back and on without a gap, never longer than its bound", () => {
    let span = NEWEST;
    expect(cut(rows, span)).toEqual({ start: 1_000 - WINDOW_MAX, end: 1_000 });
    for (let n = 0; n < 5; n++) {
      const before = cut(rows, span);
      span = movedBack(rows, span, 100);
      expect(cut(rows, span).start).toBe(before.start - 100);
      expect(cut(rows, span).end - cut(rows, span).start).toBe(WINDOW_MAX);
    }
    for (let n = 0; n < 20; n++) span = movedOn(rows, span, 77);
    expect(cut(rows, span)).toEqual({ start: 1_000 - WINDOW_MAX, end: 1_000 });
    expect(span.to).toBe(Infinity);
  });

  test("[C9] that is moved over what is loaded shows it in its turn, and says so", async () => {
    const device = new Device();
    const { state } = device;
    for (let n = 0; n < WINDOW_MAX + 50; n++) device.hears("bob", true);
    await device.resyncs(["bob"]);
    while (state.messages("bob").hasEarlier) await state.loadEarlier("bob", 100);
    state.loadLatest("bob");
    const all = device.all("bob");
    expect(all).toHaveLength(WINDOW_MAX + 50);
    await settled();
    let announced = 0;
    device.announcer.subscribe(() => announced++);
    /** Where the window begins and ends among all messages, and how often that was announced. */
    const shown = async (): Promise<number[]> => {
      await settled();
      const { items } = state.messages("bob");
      const at = (which: number) => all.findIndex(({ cid }) => cid === items.at(which)?.cid);
      return [all.length - at(0), all.length - at(-1), announced];
    };
    expect(await shown()).toEqual([WINDOW_MAX, 1, 0]);
    await state.loadEarlier("bob", 30);
    expect(await shown()).toEqual([WINDOW_MAX + 30, 31, 1]);
    state.loadLater("bob", 10);
    expect(await shown()).toEqual([WINDOW_MAX + 20, 21, 2]);
    state.loadLatest("bob");
    expect(await shown()).toEqual([WINDOW_MAX, 1, 3]);
  });

  test("that was not moved goes on with what comes, one that was moved stays", () => {
    const more = [...rows, { seq: 5_000 }];
    expect(cut(more, NEWEST).end).toBe(1_001);
    const moved = movedBack(rows, NEWEST, 100);
    expect(cut(more, moved)).toEqual(cut(rows, moved));
  });
});
