import { describe, expect, test } from "vitest";
import { open, type Entry } from "../../src/events/entry.ts";
import { project } from "../../src/projections/project.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import { chats } from "../../src/projections/views/chats.ts";
import { readHere } from "../../src/projections/views/readmarks.ts";
import { mailbox } from "../support/mailbox.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";

const alice = mailbox("alice");
const group = "g-0123456789012345678901";

const said = (seq: number, device: string, words: object): Entry => ({
  kind: "fact",
  owner: "alice",
  seq,
  at: 1_000_000 + seq,
  raw: JSON.stringify({ author: "alice", peer: "bob", device, ...words }),
});
const read = (seq: number, device: string, upTo: number): Entry =>
  said(seq, device, { type: "MessageRead", upTo });

/** The watermarks of alice's chat with bob, as a device of hers is told of them. */
function marks(device: string, ...entries: Entry[]) {
  const rows = new MemoryRows();
  for (const each of [alice.told(1, "bob", 7), alice.told(2, "bob", 9), ...entries])
    project(rows, open(each), VIEWS);
  const query = { view: "chats", owner: "alice", device, atLeast: 0, limit: 1 } as const;
  const [chat] = chats.answer(rows, query).chats;
  return { read: chat?.read, readHere: chat?.readHere };
}

describe("[V10] how far a device has read", () => {
  test("is what it has said itself, and not what another has", () => {
    const entries = [read(3, "bot", 7), read(4, "phone", 9)];
    expect(marks("bot", ...entries)).toEqual({ read: 9, readHere: 7 });
    expect(marks("phone", ...entries)).toEqual({ read: 9, readHere: 9 });
    expect(marks("laptop", ...entries)).toEqual({ read: 9, readHere: 0 });
  });

  test("counts also where another device has read further", () =>
    expect(marks("bot", read(3, "phone", 9), read(4, "bot", 7))).toEqual({ read: 9, readHere: 7 }));

  test("is also said with what was delivered, and never goes back", () => {
    const both = said(3, "bot", { type: "MessageDelivered", upTo: 9, read: 7 });
    expect(marks("bot", both)).toEqual({ read: 7, readHere: 7 });
    expect(marks("bot", both, read(4, "bot", 3))).toEqual({ read: 7, readHere: 7 });
  });

  test("is no row where nothing was read, nor another one for less", () => {
    const rows = new MemoryRows();
    const told = [alice.told(1, "bob", 7), said(2, "bot", { type: "MessageDelivered", upTo: 7 })];
    for (const each of told) project(rows, open(each), VIEWS);
    expect([...rows.all.keys()].filter((key) => key.startsWith("here"))).toEqual([]);
  });

  test("may be the first message of all", () => {
    const rows = new MemoryRows();
    for (const each of [alice.told(1, "bob", 1), read(2, "bot", 1)])
      project(rows, open(each), VIEWS);
    expect(readHere(rows, "alice", "bob", "bot")).toBe(1);
  });

  test("is held to what there is", () =>
    expect(marks("bot", read(3, "bot", 1_000))).toEqual({ read: 9, readHere: 9 }));

  test("of a group is what its gateway has let pass: nothing of it lies in the own mailbox", () => {
    const rows = new MemoryRows();
    const ofGroup = { type: "MessageRead", peer: group, upTo: 900 };
    for (const each of [alice.joined(1, group, 800), said(2, "bot", ofGroup)])
      project(rows, open(each), VIEWS);
    expect(readHere(rows, "alice", group, "bot")).toBe(900);
    expect(readHere(rows, "alice", group, "phone")).toBe(0);
  });
});
