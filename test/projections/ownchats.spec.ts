import { describe, expect, test } from "vitest";
import { open } from "../../src/events/entry.ts";
import { project } from "../../src/projections/project.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import { kindOf } from "../../src/projections/store/rows.ts";
import { conversation, foldRows } from "../../src/projections/views/conversation.ts";
import { paged } from "../../src/projections/views/history.ts";
import type { Mail } from "../../src/events/event.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { groupNamed } from "../support/group.ts";
import { mailbox, read } from "../support/mailbox.ts";
import { given, views } from "./support.ts";

const alice = mailbox("alice");
const one = groupNamed("one");

describe("[G11] the part of a list of chats that the own mailbox tells", () => {
  test("is not walked from its top for a later page", () => {
    const people = ["bob", "carol", "dave", "erin", "frank", "grace"];
    const rows = new MemoryRows();
    for (const [i, peer] of people.entries()) project(rows, open(alice.sent(i + 1, peer)), VIEWS);
    let looked = 0;
    const { range } = rows;
    rows.range = function* (prefix, bounds) {
      for (const row of range.call(rows, prefix, bounds)) {
        looked++;
        yield row as never;
      }
    };
    const page = views(rows, "alice").chats({ limit: 1, before: { at: 1_000_004, peer: "erin" } });
    expect(page.chats.map(({ peer }) => peer)).toEqual(["dave"]);
    // The one before it, itself, and one behind it.
    expect(looked).toBe(3);
  });
  test("names groups whose rows are to come, where there are any", () => {
    const list = given(alice.joined(5, one, 10))
      .when()
      .chats();
    expect(list).toEqual({
      chats: [],
      more: false,
      stays: [{ group: one, at: 1_000_005, from: 10 }],
    });
    expect(given(alice.sent(1, "bob")).when().chats()).not.toHaveProperty("stays");
  });
});

test("[V2] what is unread of a chat that was read to its end, or not at all, is known without a search", () => {
  const told = [alice.told(1, "bob", 1), alice.told(2, "bob", 2)];
  const searched = [0, 1, 2].map((upTo) => {
    const rows = new MemoryRows();
    for (const each of [...told, alice.received(3, "bob", read(upTo))])
      project(rows, open(each), VIEWS);
    const asked: string[] = [];
    const { get } = rows;
    rows.get = (key) => {
      asked.push(kindOf(key));
      return get.call(rows, key) as never;
    };
    return [views(rows, "alice").chat("bob")?.unread, asked.includes("page")];
  });
  expect(searched).toEqual([
    [2, false],
    [1, true],
    [0, false],
  ]);
});

test("[V7] a page ends behind the row with which it has 192 KiB, whatever is asked for", () => {
  const half = "x".repeat(96 * 1024 - 2);
  const show = (row: string): string => row;
  expect(paged([half, half], 9, show)).toEqual({ page: [half, half], more: false });
  expect(paged([half, half, ""], 9, show)).toEqual({ page: [half, half], more: true });
});

describe("[V1] rows are written by what changes them alone:", () => {
  const kept =
    (...kinds: string[]) =>
    (rows: ReadonlyMap<string, unknown>) =>
      [...rows].filter(([key]) => kinds.some((kind) => key.startsWith(`${kind}/`)));

  test("a message to a group leaves its number, and no conversation", () => {
    const { rows } = given(alice.sent(1, one)).when();
    expect([...rows.keys()]).toEqual(["sends/alice"]);
  });
  test("a receipt leaves no message, nor does a refusal", () => {
    const told = [alice.told(1, "bob", 9), alice.sent(2, "bob")];
    const ofMessages = kept("text", "page", "list", "newest");
    const before = ofMessages(given(...told).when().rows);
    const after = given(...told).when(
      alice.received(3, "bob", read(9)),
      alice.ticked(4, "bob", 40, read(2)),
      alice.joined(5, one, 5),
    );
    expect(ofMessages(after.rows)).toEqual(before);
  });
  test("what the owner has received, and what is heard without news, is no change", () => {
    const { rows } = given(alice.told(1, "bob", 9), alice.sent(2, "bob")).when();
    const all = new MemoryRows();
    for (const [key, row] of rows) all.put(key, row);
    const turn = (entry: Parameters<typeof open>[0]) => foldRows(all, open(entry) as Mail);
    expect(turn(alice.received(3, "bob", read(9)))).toBeUndefined();
    expect(turn(alice.ticked(4, "bob", 40, read(2)))).toMatchObject({ type: "receipt" });
    expect(turn(alice.ticked(5, "bob", 41, read(1)))).toBeUndefined();
    expect(conversation(all, "alice", "bob").heard).toBe(41);
  });
});
