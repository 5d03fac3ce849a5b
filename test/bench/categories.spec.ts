import { describe, expect, test } from "vitest";
import { categorise, categoryOf, REST } from "../../bench/categories.mjs";
import { profileTable } from "../../bench/profiles.mjs";

const node = (functionName: string) => ({ functionName, url: "node:net" });
const native = (functionName: string) => ({ functionName, url: "" });
const ours = (functionName: string, file: string) => ({
  functionName,
  url: `file:///srv/posthorn/dist/${file}`,
});
const theirs = (functionName: string, file: string) => ({
  functionName,
  url: `/srv/posthorn/node_modules/${file}`,
});

describe("a sample of a profile", () => {
  test("is of the innermost function that a rule knows", () => {
    const zod = theirs("parse", "zod/v4/core/schemas.js");
    const parse = ours("parseFrame", "protocol/parse.js");
    const session = ours("message", "gateway/session/connection.js");
    expect(categoryOf([zod, parse, session])).toBe("JSON and zod of frames");
    expect(categoryOf([zod, ours("open", "events/entry.js"), ours("#take", "actors/partition.js")])) //
      .toBe("JSON and zod of entries");
    expect(categoryOf([node("emit"), session])).toBe("sessions, ws");
  });

  test("that writes to a socket is told by who wrote", () => {
    const uncork = ours("release", "gateway/socket/gather.js");
    expect(categoryOf([native("writev"), node("doWrite"), uncork])).toBe(
      "socket writes to clients",
    );
    const flush = theirs("flushPending", "@nats-io/nats-core/lib/protocol.js");
    const lane = ours("put", "nats/publish/lanes.js");
    expect(categoryOf([native("writeBuffer"), node("write"), flush, lane])) //
      .toBe("socket writes to the broker");
    expect(categoryOf([native("writev"), node("doWrite")])).toBe("socket writes to others");
  });

  test("tells the puts of LMDB, its commit and its gets apart", () => {
    const commit = ours("commit", "projections/store/table.js");
    const put = theirs("writeInstructions", "lmdb/write.js");
    const end = theirs("finishTxn", "lmdb/write.js");
    const get = theirs("getBinaryFast", "lmdb/read.js");
    expect(categoryOf([native(""), put, commit])).toBe("LMDB: puts");
    expect(categoryOf([native(""), end, commit])).toBe("LMDB: commit");
    expect(categoryOf([native(""), get, commit])).toBe("LMDB: gets");
  });

  test("of nobody's function is idle, garbage collection, or the rest", () => {
    expect(categoryOf([native("(idle)"), native("(root)")])).toBe("idle");
    expect(categoryOf([native("(garbage collector)"), ours("step", "actors/step.js")])) //
      .toBe("garbage collection");
    expect(categoryOf([node("processTicks"), native("(root)")])).toBe(REST);
    expect(categoryOf([])).toBe(REST);
  });
});

test("a profile's time is shared among the categories, each sample with the time before it", () => {
  const nodes = [
    { id: 1, callFrame: native("(root)"), children: [2, 3] },
    { id: 2, callFrame: ours("step", "actors/step.js"), children: [4] },
    { id: 3, callFrame: native("(idle)") },
    { id: 4, callFrame: node("emit") },
  ];
  const sums = categorise({ nodes, samples: [2, 4, 3], timeDeltas: [10, 20, 70] });
  expect([...sums]).toEqual([
    ["fold, route, frame", 30],
    ["idle", 70],
  ]);
  const table = profileTable(new Map([["views", sums]]), 2);
  expect(table.split("\n")).toEqual([
    "thread of views: share, µs per lifecycle",
    "  idle                 70.0 %",
    "  fold, route, frame   30.0 %    15.0",
    "  the rest              0.0 %     0.0",
  ]);
});
