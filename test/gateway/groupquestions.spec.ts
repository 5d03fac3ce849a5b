import { describe, expect, test } from "vitest";
import { queryOf } from "../../src/gateway/session/stamp.ts";
import type { Question } from "../../src/protocol/frames/reply.ts";
import { Query, subjectOf } from "../../src/protocol/internal/query.ts";
import { groupNamed } from "../support/group.ts";

const G = groupNamed("one");
const asked = (frame: Question) => {
  const query = queryOf({ user: "alice", deviceId: "d" }, frame);
  expect(Query.parse(query)).toEqual(query);
  return { query, of: subjectOf(query) };
};

describe("[G10] a question about a group", () => {
  test("goes to the group's stream, in the name of the session's user", () => {
    expect(asked({ t: "history", peer: G, before: 9, atLeast: 12, ref: 1, v: 1 })).toEqual({
      query: { view: "grouphistory", owner: "alice", group: G, before: 9, limit: 50, atLeast: 12 },
      of: G,
    });
    expect(asked({ t: "status", id: `${G}:7` })).toEqual({
      query: { view: "groupstatus", owner: "alice", id: `${G}:7`, atLeast: 0 },
      of: G,
    });
    expect(asked({ t: "info", id: `${G}:7`, after: "bob" })).toEqual({
      query: { view: "info", owner: "alice", id: `${G}:7`, after: "bob", limit: 200, atLeast: 0 },
      of: G,
    });
    expect(asked({ t: "members", group: G, limit: 3 })).toEqual({
      query: { view: "members", owner: "alice", group: G, limit: 3, atLeast: 0 },
      of: G,
    });
    expect(asked({ t: "group", group: G, atLeast: 5 })).toEqual({
      query: { view: "group", owner: "alice", group: G, atLeast: 5 },
      of: G,
    });
  });
  test("is none that is about people: that goes to the asker's own", () => {
    expect(asked({ t: "history", peer: "bob" })).toMatchObject({
      query: { view: "history", peer: "bob" },
      of: "alice",
    });
    expect(asked({ t: "status", id: "bob:7" })).toMatchObject({
      query: { view: "status" },
      of: "alice",
    });
  });
});
