import { describe, expect, test } from "vitest";
import { loadedAnew, placeBehind } from "../../src/client/groups/anew.ts";
import { blankGroup, type GroupChat } from "../../src/client/groups/groupchat.ts";
import type { GroupRow } from "../../src/protocol/frames/chats.ts";
import type { HistoryAnswer } from "../../src/protocol/frames/history.ts";
import type { Resync } from "../../src/protocol/frames/mailbox.ts";
import { groupRow, joining, messageRow } from "./pieces.ts";

const G = `g-${"1".repeat(22)}`;
const said = (seq: number, author = "ann") => messageRow(seq, author, G, G);
const line = (seq: number) => joining(seq, "ann");
const listed = groupRow(G, { from: 5 });
const tooLong: Resync = { t: "resync", mailbox: G, epoch: "e", seq: 50, reason: "too-long" };
const rolledBack: Resync = { ...tooLong, reason: "rolled-back" };
/** A page whose messages are all unread: earlier ones may be, too. */
const page = (...messages: HistoryAnswer["messages"]): HistoryAnswer => ({ messages, more: true });

/** A group that the device has followed up to 20, and read up to 12. */
const known = (
  more: Partial<GroupChat> = {},
  group: Partial<GroupChat["group"]> = {},
): GroupChat => ({
  ...blankGroup(G, "me"),
  seq: 20,
  messages: [said(20)],
  seen: 12,
  theirs: { delivered: 9, read: 8 },
  mine: { delivered: 0, read: 11 },
  received: 20,
  unread: 7,
  ...more,
  group: {
    ...blankGroup(G, "me").group,
    epoch: "e",
    on: { seq: 20, at: 1 },
    from: 5,
    mentioned: true,
    ...group,
  },
});
const unread = (row: GroupRow | undefined, ...rows: HistoryAnswer["messages"]): number =>
  loadedAnew(known(), tooLong, page(...rows), row).unread;

describe("[G12] a group that is loaded anew", () => {
  test("is as its page says, and follows on from where the server has said", () => {
    const rows = [said(40, "me"), said(48), said(49, "me"), line(50)];
    const loaded = loadedAnew(known(), tooLong, page(...rows), { ...listed, read: 11 });
    expect(loaded).toMatchObject({ seq: 50, more: true, received: 48, group: { epoch: "e" } });
    expect(loaded.messages.map(({ seq, author }) => [seq, author])).toEqual([
      [40, "me"],
      [48, "ann"],
      [49, "me"],
      [50, "ann"],
    ]);
    expect(loaded.group).not.toHaveProperty("on");
    expect(loadedAnew(known(), tooLong, page(said(40, "me")), listed).received).toBe(0);
  });

  test("has so many unread as the list has counted, and what the page has behind that", () => {
    const rows = [said(40), said(41), said(42, "me"), line(43), said(44)];
    expect(unread({ ...listed, unread: 3, seq: 40 }, ...rows)).toBe(3 + 2);
    expect(unread({ ...listed, unread: 3, seq: 44 }, ...rows)).toBe(3);
    // A list that could not ask the group says nothing of it, and one may lack it.
    expect(unread(listed, ...rows, said(51))).toBe(1);
    expect(unread(undefined, ...rows, said(50), said(51))).toBe(1);
    expect(unread(undefined, said(11), said(12), said(13), said(14))).toBe(2);
  });

  test("names its user in what is unread where the list says so", () => {
    for (const [row, mentioned] of [
      [{ ...listed, mentioned: true as const }, true],
      [listed, false],
      [undefined, false],
    ] as const)
      expect(loadedAnew(known(), tooLong, page(said(40)), row).group.mentioned).toBe(mentioned);
  });

  test("is read as far as this device, its mailbox or the list knows; of another log as the list says", () => {
    const row = { ...listed, read: 10, peerDelivered: 7, peerRead: 8 };
    const same = loadedAnew(known(), tooLong, page(said(40)), row);
    expect(same).toMatchObject({
      seen: 12,
      mine: { delivered: 0, read: 11 },
      theirs: { delivered: 9, read: 8 },
    });
    const other = loadedAnew(known(), rolledBack, page(said(40)), row);
    expect(other).toMatchObject({
      seen: 0,
      mine: { delivered: 0, read: 10 },
      theirs: { delivered: 7, read: 8 },
    });
    const unlisted = loadedAnew(known(), rolledBack, page(said(40)), undefined);
    expect(unlisted).toMatchObject({ seen: 0, theirs: { delivered: 0, read: 0 } });
    expect(loadedAnew(known(), tooLong, page(said(40)), undefined)).toMatchObject({
      seen: 12,
      mine: { read: 11 },
      theirs: { delivered: 9, read: 8 },
      group: { from: 5 },
    });
  });

  test("is one's own still, where the own mailbox has told of that since the views answered, but not of another log", () => {
    const back = known({}, { from: 30 });
    const row = { ...listed, upTo: 25, why: "left" as const };
    expect(loadedAnew(back, tooLong, page(), row).group).toMatchObject({ from: 30, info: {} });
    expect(loadedAnew(back, tooLong, page(), row).group).not.toHaveProperty("upTo");
    expect(loadedAnew(back, rolledBack, page(), row).group).toMatchObject({
      from: 5,
      upTo: 25,
      info: { left: "left" },
    });
  });
});

test("[G12] the page of a group that is loaded anew knows all that the list has counted, or it would count twice", () => {
  const newer = { ...listed, seq: 60, unread: 3 };
  expect(placeBehind(known(), tooLong, newer)).toBe(60);
  expect(placeBehind(known(), tooLong, { ...newer, seq: 40 })).toBe(50);
  expect(placeBehind(known({}, { generation: 2 }), tooLong, newer)).toBe(2 * 2 ** 44 + 50);
  expect(placeBehind(known(), tooLong, { ...newer, generation: 1 })).toBe(2 ** 44 + 60);
  for (const row of [listed, undefined]) expect(placeBehind(known(), tooLong, row)).toBe(50);
});
