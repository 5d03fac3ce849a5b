import { describe, expect, test } from "vitest";
import { open, type Entry } from "../../src/events/entry.ts";
import { project } from "../../src/projections/project.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import { keyed } from "../../src/projections/views/sendkeys.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { groupNamed } from "../support/group.ts";
import { began, later } from "./support.ts";

const ONE = groupNamed("one");
const TWO = groupNamed("two");

const entry = (kind: "fact" | "copy", seq: number, event: object): Entry => ({
  kind,
  owner: "alice",
  seq,
  at: 1_000_000 + seq,
  raw: JSON.stringify(event),
});
const sent = (seq: number, cid: string, key?: string, to = ONE): Entry =>
  entry("fact", seq, {
    type: "MessageSent",
    author: "alice",
    to,
    device: "bot",
    cid,
    body: cid,
    ...(key && { key }),
  });
const refused = (seq: number, cid: string, cause: number, code = "group.busy"): Entry =>
  entry("copy", seq, { type: "Refused", author: ONE, cause, cid, code });

/** The answer to alice about her sends to a group. */
function told(entries: readonly Entry[], page: { before?: number; limit?: number } = {}, of = ONE) {
  const rows = new MemoryRows();
  for (const each of entries) project(rows, open(each), VIEWS);
  const query = { view: "keyed", owner: "alice", group: of, atLeast: 0, limit: 50 } as const;
  return keyed.answer(rows, { ...query, ...page });
}

describe("[V10] own messages to a group, by the key that the group tells nobody", () => {
  test("are told the newest first, those without a key and of other groups left out", () => {
    const entries = [
      sent(1, "p.1", "a"),
      sent(2, "p.2"),
      sent(3, "p.3", "b"),
      sent(4, "p.4", "c", TWO),
    ];
    expect(told(entries)).toEqual({
      sends: [
        { seq: 3, cid: "p.3", key: "b" },
        { seq: 1, cid: "p.1", key: "a" },
      ],
      more: false,
    });
    expect(told(entries, {}, TWO).sends).toEqual([{ seq: 4, cid: "p.4", key: "c" }]);
    expect(told(entries, { limit: 1 })).toMatchObject({ sends: [{ seq: 3 }], more: true });
    expect(told(entries, { before: 3 })).toMatchObject({ sends: [{ seq: 1 }], more: false });
  });

  test("say the code of their refusal, and are there once however often they were stored", () => {
    const entries = [
      sent(1, "p.1", "a"),
      sent(2, "p.1", "a"),
      refused(3, "p.1", 70),
      refused(4, "p.1", 70, "forbidden"),
      sent(5, "p.2", "a"),
    ];
    expect(told(entries).sends).toEqual([
      { seq: 5, cid: "p.2", key: "a" },
      { seq: 1, cid: "p.1", key: "a", refused: "group.busy" },
    ]);
  });

  test("are there once, too, where a retry has another number and what it replaces was stored", () => {
    const again = entry("fact", 2, {
      type: "MessageSent",
      author: "alice",
      to: ONE,
      device: "bot",
      cid: "p.2",
      replaces: "p.1",
      body: "p.1",
      key: "a",
    });
    expect(told([sent(1, "p.1", "a"), again]).sends).toMatchObject([{ seq: 1, cid: "p.1" }]);
  });

  test("leave no code of a refusal where the group was sent nothing with a key", () => {
    const rows = new MemoryRows();
    for (const each of [sent(1, "p.1"), sent(2, "p.2", "a", TWO), refused(3, "p.1", 70)])
      project(rows, open(each), VIEWS);
    expect([...rows.all.keys()].filter((key) => key.startsWith("refused"))).toEqual([]);
  });

  test("name their generation, from which a page goes back, too", () => {
    const entries = [sent(1, "p.1", "a"), began(4), later(sent(5, "p.2", "b"))];
    expect(told(entries).sends).toEqual([
      { seq: 5, generation: 1, cid: "p.2", key: "b" },
      { seq: 1, cid: "p.1", key: "a" },
    ]);
    expect(told(entries, { before: 6 }).sends).toHaveLength(2);
    expect(told(entries, { before: 5 }).sends).toMatchObject([{ seq: 1 }]);
  });
});
