import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newChat } from "../../src/client/mailbox/chat.ts";
import { CURSORS_MAX } from "../../src/protocol/frames/hello.ts";
import { G, PLACES, group, idOf, member, settled } from "./follower.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("[G8] a hello names the groups", () => {
  test("that are followed, and of those that were left the ones with more to come", () => {
    const at = (n: number, seq: number, upTo?: number, epoch = "e") => ({
      ...group({ seq }, { epoch, ...(upTo && { upTo }) }),
      peer: idOf(n),
    });
    const { sync } = member(
      newChat("bob"),
      at(1, 20),
      at(2, 20, undefined, ""),
      at(3, 19, PLACES + 20),
      at(4, 20, PLACES + 20),
      at(5, 21, PLACES + 20),
    );
    expect(sync.since()).toEqual(
      [1, 3].map((n) => ({ mailbox: idOf(n), epoch: "e", seq: n === 1 ? 20 : 19 })),
    );
  });

  test("of which something came last first, and no more than it may", () => {
    const all = Array.from({ length: CURSORS_MAX + 5 }, (_, n) => {
      const row = { seq: n, id: `${G}:${n}`, author: "ann", to: G, cid: "c.1", body: "" };
      const messages =
        n === 0 ? [] : [9_999, 8_888, (n * 7) % 1_000].map((sentAt) => ({ ...row, sentAt }));
      return { ...group({ messages }), peer: idOf(n) };
    });
    const newest = all
      .toSorted((a, b) => (b.messages.at(-1)?.sentAt ?? 0) - (a.messages.at(-1)?.sentAt ?? 0))
      .map(({ peer }) => peer);
    const named = member(...all)
      .sync.since()
      .map(({ mailbox }) => mailbox);
    expect(named).toEqual(newest.slice(0, CURSORS_MAX - 1));
    expect(named).not.toContain(idOf(0));
  });
});

describe("[G8] a group that the server follows", () => {
  test("for the first time is known from there on, and earlier there is nothing", () => {
    const { follows, chat, told } = member();
    follows({ epoch: "new", seq: 7, head: 7, generation: 3 });
    expect(chat()).toMatchObject({ seq: 7, more: false, group: { me: "me", epoch: "new" } });
    expect(chat()?.group?.generation).toBe(3);
    expect(told).toEqual([]);
  });

  test("again goes on where it was, and what a page has brought is kept", () => {
    const { follows, chat, told } = member(group({ more: true, seq: 30 }));
    follows({ epoch: "other", seq: 25, head: 40 });
    expect(told).toEqual([]);
    expect(chat()).toMatchObject({ seq: 30, more: true, group: { epoch: "e", generation: 0 } });
    const row = { seq: 5, id: `${G}:5`, author: "ann", to: G, cid: "c.1", body: "", sentAt: 1 };
    const paged = member(group({ messages: [row], more: true }, { epoch: "" }));
    paged.follows({ seq: 50 });
    expect(paged.chat()).toMatchObject({ seq: 50, more: true, group: { epoch: "e" } });
  });

  test("[G12] in a newer generation may have lost receipts, but none of what was never followed", () => {
    for (const [chats, generation, anew] of [
      [[group()], 1, [`anew ${G}`]],
      [[group()], 0, []],
      [[], 1, []],
    ] as const) {
      const { follows, told } = member(...chats);
      follows({ generation });
      expect(told).toEqual(anew);
    }
  });

  test("[G3] again, in a newer generation and further back, is asked for by its cursor first, unless the hello named that", () => {
    for (const [seq, generation, names, restarts] of [
      [19, 1, false, true],
      [20, 1, false, false],
      [19, 0, false, false],
      [19, 1, true, false],
    ] as const) {
      const { sync, follows, told, chat } = member(group());
      if (names) sync.since();
      follows({ seq, generation });
      expect(told.includes("restart rolled back")).toBe(restarts);
      expect(chat()?.group?.generation).toBe(restarts ? 0 : generation);
    }
    const fresh = member(group({}, { epoch: "" }));
    fresh.follows({ seq: 19, generation: 1 });
    expect(fresh.told).toEqual([]);
  });

  test("[G12] is asked for what its events do not say, where that is not known, as far as the server has it", async () => {
    const known = member(group());
    known.follows();
    await settled();
    expect(known.asked).toEqual([]);
    for (const [seq, head, place] of [
      [20, 25, 25],
      [30, 25, 30],
    ] as const) {
      const { follows, asked, chat, told } = member(group({ seq }, { info: {} }));
      follows({ seq, head, generation: 1 });
      await settled();
      expect(asked).toEqual([`group ${PLACES + place}`]);
      expect(chat()?.group?.info.name).toBe("Chess");
      expect(told).toEqual([`anew ${G}`, "emit group"]);
    }
  });

  test("[G12] is asked for five times at most, 2 s apart, and not behind the end of the connection or the membership", async () => {
    for (const end of ["", "cut", "left"]) {
      const { sync, follows, asked, views } = member();
      const { ask } = views;
      views.ask = async (...args) => {
        await ask(...args);
        throw new Error("view.behind");
      };
      follows();
      await settled(1_999);
      expect(asked).toHaveLength(1);
      if (end === "cut") sync.stop();
      if (end === "left") sync.takes({ t: "unfollows", mailbox: G, upTo: 20 });
      await settled(60_000);
      expect(asked).toHaveLength(end ? 1 : 5);
    }
  });

  test("[G12] is asked for no more, where that is known by then", async () => {
    const { follows, asked, event } = member();
    follows({ seq: 1, head: 1 });
    const limits = { members: 8, sendsPerSecond: 1 };
    const change = { do: "create", name: "Chess", members: ["me"], limits };
    event(2, 1, { type: "GroupChanged", by: "me", change });
    await settled();
    expect(asked).toEqual([]);
  });
});
