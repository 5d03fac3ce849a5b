import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { GroupRow } from "../../src/protocol/frames/chats.ts";
import { G, PLACES, group, idOf, member, settled } from "./follower.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("[G9] something of a group is missing", () => {
  test("where the server has told of more than has come, and not while that is on its way", () => {
    const { sync, follows, event } = member(group());
    follows({ head: 25 });
    expect(sync.isBehind).toBe(false);
    sync.takes({ t: "caughtUp", mailbox: G, seq: 24 });
    expect(sync.isBehind).toBe(true);
    event(25, 24);
    expect(sync.isBehind).toBe(false);
    sync.heard();
    sync.heard({ [G]: 26 });
    expect(sync.isBehind).toBe(true);
    sync.stop();
    expect(sync.isBehind).toBe(false);
    follows({ seq: 25, head: 25 });
    sync.heard({ [G]: 26 });
    expect(sync.isBehind).toBe(true);
    sync.takes({ t: "unfollows", mailbox: G, upTo: 25 });
    expect(sync.isBehind).toBe(false);
    follows({ seq: 25, head: 26 });
    expect(sync.isBehind).toBe(false);
  });

  test("where an event does not follow, and where the last one before the end has not come", () => {
    const { sync, event, told, chat } = member(group());
    event(23, 21);
    expect([told, chat()?.seq]).toEqual([["restart gap"], 20]);
    sync.takes({ t: "unfollows", mailbox: G, upTo: PLACES + 20 });
    expect(told).toHaveLength(1);
    sync.takes({ t: "unfollows", mailbox: G, upTo: PLACES + 21 });
    expect(told).toEqual(["restart gap", "restart gap"]);
  });

  test("is not shown by a group that is being loaded anew, which takes its events behind that", async () => {
    const { sync, event, told, chat, folded } = member(group());
    sync.takes({ t: "resync", mailbox: G, epoch: "e", seq: 30, reason: "too-long" });
    sync.heard({ [G]: 40 });
    expect(sync.isBehind).toBe(false);
    sync.takes({ t: "unfollows", mailbox: G, upTo: 40 });
    event(31, 30);
    expect([told, chat()?.seq]).toEqual([[], 20]);
    await settled();
    expect(chat()?.seq).toBe(31);
    expect(folded).toHaveLength(1);
  });
});

describe("[G12] an event of a group", () => {
  test("is live behind caughtUp, or the resync in its place, and backlog before", async () => {
    const { sync, event, folded, follows } = member(group());
    follows({ head: 22 });
    event(21, 20);
    sync.takes({ t: "caughtUp", mailbox: G, seq: 22 });
    event(23, 22);
    sync.stop();
    event(24, 23);
    sync.takes({ t: "resync", mailbox: G, epoch: "e", seq: 30, reason: "too-long" });
    await settled();
    event(31, 30);
    expect(folded.map(({ live, after }) => [after.seq, live])).toEqual([
      [21, false],
      [23, true],
      [24, false],
      [31, true],
    ]);
  });

  test("that was passed moves the footing alone, forward, and one that nobody can read its place", () => {
    const { sync, event, chat, folded } = member(group({}, { on: { seq: 15, at: 15 } }));
    event(14, 13);
    expect(chat()?.group?.on?.seq).toBe(15);
    event(16, 15);
    expect([chat()?.seq, chat()?.group?.on]).toEqual([20, { seq: 16, at: 16 }]);
    expect([event(20, 19), chat()?.group?.on?.seq, folded]).toEqual([true, 20, []]);
    sync.takes({ t: "caughtUp", mailbox: G, seq: 15 });
    expect(chat()?.seq).toBe(20);
    event(21, 20, { body: 7 });
    expect(chat()).toMatchObject({ seq: 21, messages: [], group: { on: { seq: 21 } } });
  });

  test("that is one's own strikes out what was on its way, and a change is told as one of the group or of its members", () => {
    const { event, told } = member(group());
    event(21, 20);
    event(22, 21, { author: "me" });
    const change = { type: "GroupChanged", by: "ann" };
    event(23, 22, { ...change, change: { do: "describe", name: "Go" } });
    event(24, 23, { ...change, change: { do: "join", user: "zoe" } });
    expect(told).toEqual(["shown", "emit group", "emit members"]);
  });
});

test("[G12] groups of the list that were left while the device was away are loaded, once, and no others", async () => {
  const rows = [
    { peer: idOf(2), from: 1, upTo: PLACES + 9 },
    { peer: idOf(3), from: 1 },
    { peer: G, from: 1, upTo: 20 },
    { peer: idOf(4), from: 1, upTo: 20 },
  ] as unknown as GroupRow[];
  const row = { seq: 5, id: `${G}:5`, author: "ann", to: G, cid: "c.1", body: "", sentAt: 1 };
  const paged = { ...group({ messages: [row] }, { epoch: "" }), peer: idOf(4) };
  const { sync, asked, chat } = member(group(), paged);
  sync.listed(rows);
  await settled();
  expect(asked).toEqual(["chats 0", `history ${PLACES + 9}`]);
  expect(chat(idOf(2))).toMatchObject({ seq: 9, group: { epoch: "", generation: 1 } });
});

test("[G12] a group that is loaded anew when the socket goes is as it was", async () => {
  const { sync, event, chat } = member(group());
  sync.takes({ t: "resync", mailbox: G, epoch: "e", seq: 30, reason: "too-long" });
  sync.stop();
  await settled();
  expect(chat()?.seq).toBe(20);
  event(21, 20);
  expect(chat()?.seq).toBe(21);
});

test("[G8] what is about the own mailbox, or about no mailbox, is nothing of a group", () => {
  const { sync } = member();
  expect(sync.takes({ t: "pong", head: 1 })).toBe(false);
  expect(sync.takes({ t: "caughtUp", mailbox: "me", seq: 1 })).toBe(false);
  expect(sync.takes({ t: "caughtUp", mailbox: G, seq: 1 })).toBe(true);
});

describe("[G12] the own mailbox tells of a group", () => {
  const joined = { type: "GroupJoined", author: G, cause: 9, from: 9 };

  test("that its user was let in, once, and with a place of its own", () => {
    const { about, local, told, chat } = member();
    about(71, joined);
    about(72, joined);
    expect([told, chat()?.group?.from]).toEqual([["emit group"], 9]);
    expect(local.meta.cursor).toEqual({ epoch: "own", seq: 72, on: { seq: 72, at: 72 } });
  });

  test("that a membership has passed while the device was away, of which it knows nothing yet", async () => {
    const { about, asked } = member();
    about(71, joined);
    about(72, { type: "GroupLeft", author: G, cause: 10, from: 9, upTo: 10, why: "removed" });
    await settled();
    expect(asked).toEqual(["chats 72", "history 10"]);
  });

  test("that a message to it is stored, and whether for the first time", () => {
    const { about, local, told, chat } = member(group());
    const said = { type: "MessageSent", author: "me", to: G, device: "d", cid: "c.1", body: "" };
    about(71, said);
    const { sends } = local.meta;
    expect(sends).not.toEqual([]);
    about(72, said);
    expect(told).toEqual(["stored false", "stored true"]);
    expect([local.meta.sends, local.seq]).toEqual([sends, 72]);
    expect(chat()).toMatchObject({ seq: 20, messages: [] });
  });

  test("how far it was read, which brings none into the list", () => {
    const read = { type: "MessageRead", author: "me", peer: G, device: "d", upTo: 5 };
    const [stranger, known] = [member(), member(group({ received: 9 }))];
    for (const { about } of [stranger, known]) about(71, read);
    expect([stranger.chat(), known.chat()?.mine.read]).toEqual([undefined, 5]);
    expect([...stranger.told, ...known.told]).toEqual([]);
  });

  test("what it has refused, and what its user's actor has declined", () => {
    const { about, told, chat } = member(group());
    about(71, { type: "Refused", author: G, cause: 9, cid: "c.1", code: "forbidden" });
    about(72, { type: "GroupLeft", author: G, cause: 10, from: 1, upTo: 10, why: "limit" });
    about(73, { ...joined, cause: 11, from: 11 });
    about(74, { type: "GroupLeft", author: G, cause: 12, from: 11, upTo: 12, why: "left" });
    expect(told).toEqual(["refused", `declined ${G}`, "emit group", "emit group", "emit group"]);
    expect(chat()?.group).toMatchObject({ from: 11, upTo: 12, info: { left: "left" } });
  });
});
