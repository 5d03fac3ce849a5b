import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { G, PARTS, settled, synced } from "./syncer.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const resync = { t: "resync", mailbox: "me", epoch: "new", seq: 40, reason: "too-long" };

describe("a device that has caught up", () => {
  test("starts its parts, a machine those that it needs, and leaves the socket before", () => {
    for (const isMachine of [false, true]) {
      const { take, state, says, local } = synced();
      state.isMachine = isMachine;
      take({ t: "welcome", user: "me", epoch: "e", head: 9 });
      expect([says(), local.meta.user]).toEqual([["entries of me "], "me"]);
      take({ t: "caughtUp", mailbox: "me", seq: 9 });
      const more = isMachine ? [] : ["start presences", "start heir"];
      const started = ["synced", "start outbox", "start receipts", ...more, "leave"];
      expect(says()).toEqual(started);
      expect(local.meta.cursor).toMatchObject({ epoch: "e", seq: 9 });
    }
  });

  test("starts nothing on a socket that is none by then", () => {
    const { take, state, says } = synced();
    state.link = "waiting";
    take({ t: "caughtUp", mailbox: "me", seq: 9 });
    expect(says()).toEqual(["synced"]);
  });

  test("[C8] has events that are live from then on, until its socket is gone", () => {
    const { sync, take, welcome, event, folded } = synced();
    welcome();
    event(1, 0);
    take({ t: "caughtUp", mailbox: "me", seq: 1 });
    event(2, 1);
    sync.stop();
    event(3, 2);
    expect(folded.map(({ live }) => live)).toEqual([false, true, false]);
  });

  test("[C3] lets another client have what it looks after, where the server has no room for its socket", () => {
    const { sync, says } = synced();
    const stops = ["following", ...PARTS.slice(0, -1)].map((name) => `stop ${name}`);
    sync.stop("draining");
    sync.stop();
    expect(says()).toEqual([...stops, ...stops]);
    sync.stop("limit.sockets");
    expect(says()).toEqual([...stops, "yield"]);
  });
});

describe("[M5] an event", () => {
  test("of another mailbox is left out, and one that does not follow shows a gap", () => {
    const { event, welcome, says, local } = synced();
    welcome();
    event(1, 0, { mailbox: "eve" });
    expect(local.seq).toBe(0);
    event(5, 4);
    expect(says().at(-1)).toBe("restart gap");
    expect(local.seq).toBe(0);
  });

  test("that was passed moves the footing alone, and only forward", () => {
    const { event, welcome, local, says } = synced();
    welcome();
    local.move(9, "e");
    says();
    for (const [seq, on] of [
      [7, 7],
      [5, 7],
      [9, 9],
    ] as const) {
      event(seq, 0);
      expect([local.seq, local.meta.cursor?.on?.seq]).toEqual([9, on]);
    }
    expect([says(), local.chats.size]).toEqual([[], 0]);
  });

  test("that nobody can read has its place all the same, and so has one of no mailbox", () => {
    const { event, welcome, local, folded } = synced();
    welcome();
    event(1, 0, {}, { body: 7 });
    event(2, 1, {}, { of: 1 });
    expect(local.meta.cursor).toEqual({ epoch: "e", seq: 2, on: { seq: 2, at: 2 } });
    expect(folded).toEqual([]);
  });

  test("is held against what the server has told of, and one of the user's own strikes out what was on its way", () => {
    const { event, take, welcome, says, state, folded } = synced();
    welcome();
    take({ t: "pong", head: 3 });
    expect(says().slice(1)).toEqual(["heard", "compare 3 0 false"]);
    event(1, 0);
    expect(says()).toEqual(["compare 3 1 true"]);
    state.behind = true;
    event(2, 1);
    expect(says()).toEqual(["compare 1 0 false"]);
    const own = { type: "MessageSent", author: "me", to: "bob", device: "d", cid: "a.1", body: "" };
    const frame = { t: "event", mailbox: "me", at: 1, event: own };
    state.behind = false;
    take({ ...frame, seq: 3, prev: 2 });
    take({ ...frame, seq: 4, prev: 3 });
    expect(says()).toEqual(["compare 3 3 true", "met false", "compare 3 4 true", "met true"]);
    expect(folded.map(({ after }) => `${after.peer} ${after.seq}`)).toEqual([
      "bob 1",
      "bob 2",
      "bob 3",
    ]);
    take({ ...frame, seq: 5, prev: 4, event: { ...own, to: G } });
    expect(says()).toEqual([`about ${G} e`, "compare 3 4 true"]);
    take({ t: "event", mailbox: G, seq: 1, prev: 0 });
    expect(says()).toEqual(["compare 3 4 false"]);
  });

  test("[M14] is not missed by a heartbeat before all has come, and what an old socket told is forgotten", () => {
    const { take, welcome, says, state, sync } = synced();
    welcome();
    state.link = "connecting";
    take({ t: "pong", head: 3 });
    expect(says().slice(1)).toEqual([]);
    state.link = "online";
    take({ t: "pong", head: 3 });
    sync.stop();
    says();
    take({ t: "pong" });
    expect(says()).toEqual(["heard", "compare 0 0 false"]);
  });

  test("[S3] is there already, where the answer to a send comes behind it", () => {
    const { take, local, says } = synced();
    local.move(5, "e");
    for (const seq of [4, 5, 6]) take({ t: "sent", cid: "a.1", seq });
    expect(says()).toEqual(["sent true", "sent true", "sent false"]);
  });
});

describe("[M3] a resync", () => {
  test("holds events back until the views have answered, and follows on from there", async () => {
    const { take, welcome, event, local, says, folded } = synced();
    welcome();
    says();
    take(resync);
    event(41, 40);
    expect(local.seq).toBe(0);
    await settled();
    expect(local.meta.cursor).toMatchObject({ epoch: "new", seq: 41 });
    expect(says()).toEqual([
      "doubt",
      "listed",
      "compare 0 41 true",
      "synced",
      "start outbox",
      "start receipts",
      "start presences",
      "start heir",
      "leave",
    ]);
    expect(folded.map(({ live }) => live)).toEqual([true]);
    event(42, 41);
    expect(local.seq).toBe(42);
  });

  test("that fails gives the socket up, if that is still the same", async () => {
    for (const isGone of [false, true]) {
      const { sync, take, welcome, state, says, event, local } = synced();
      welcome();
      state.fails = new Error("view.behind");
      take(resync);
      if (isGone) sync.stop();
      says();
      await settled();
      expect(says()).toEqual(isGone ? [] : ["restart Error: view.behind"]);
      sync.stop();
      welcome();
      event(1, 0);
      expect(local.seq).toBe(1);
    }
  });

  test("whose answer comes on another socket, or behind another resync, changes nothing", async () => {
    const { sync, take, welcome, state, says, local } = synced();
    welcome();
    let answer = (): void => undefined;
    state.answered = new Promise((resolve) => (answer = resolve));
    take(resync);
    sync.stop();
    take({ ...resync, seq: 44 });
    answer();
    await settled();
    expect(local.seq).toBe(44);
    expect(says().filter((word) => word === "doubt")).toHaveLength(1);
  });
});

describe("a hello", () => {
  test("comes when the last log-out is done and all is read, once, and names what is followed", async () => {
    const { sync, welcome, says, local, state } = synced();
    expect(state.owed).toBe(2);
    expect(await sync.hello()).toEqual({ deviceId: "d" });
    const reads = ["begin", "look", `enrol ${local.meta.login}`];
    expect(says()).toEqual(["settled", ...reads]);
    welcome();
    expect(await sync.hello()).toEqual({ deviceId: "d" });
    local.move(5, "e");
    const since = [{ mailbox: "me", epoch: "e", seq: 5 }];
    expect(await sync.hello()).toEqual({ deviceId: "d", since });
    expect(says()).toEqual([`entries of me ${local.meta.login}`, "settled", "settled"]);
    sync.leave();
    await sync.hello();
    expect(says()).toEqual(["settled", ...reads]);
  });

  test("[C4] reads no further behind a log-out, and a device that turns out to be somebody else's begins anew", async () => {
    const { sync, says, local, state, welcome } = synced();
    state.onBegin = () => void local.logouts++;
    await sync.hello();
    expect(says()).toEqual(["settled", "begin"]);
    welcome();
    says();
    sync.forget("auth.other_user");
    expect(says()).toEqual(["forget unconfirmed", "restart auth.other_user"]);
    expect(local.meta.user).toBeUndefined();
  });
});
