import { describe, expect, test } from "vitest";
import type { SessionEvent } from "../../src/events/session.ts";
import { open, type Entry } from "../../src/events/entry.ts";
import { LATE_MS } from "../../src/events/session.ts";
import { project } from "../../src/projections/project.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import { sessions } from "../../src/projections/views/sessions.ts";
import { hashOf } from "../../src/rules/resume.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";

const SECRET = "c2VjcmV0c2VjcmV0c2Vjcg";
const AT = 1_000_000;

const entry = (seq: number, event: SessionEvent, at = AT + seq): Entry => ({
  kind: "session",
  owner: "alice",
  seq,
  at,
  raw: JSON.stringify(event),
});
const opened = (seq: number, sessionId: string, more: object = {}): Entry =>
  entry(seq, {
    type: "SessionOpened",
    sessionId,
    gatewayId: "gw-1",
    deviceId: "phone",
    resume: hashOf(SECRET),
    ...more,
  });
const closed = (seq: number, sessionId: string, more: object = {}): Entry =>
  entry(seq, { type: "SessionClosed", sessionId, reason: "left", ...more });
const lost = (seq: number, sessionId: string): Entry =>
  closed(seq, sessionId, { reason: "gateway-lost", elsewhere: true });

/** The sessions that alice is told of after these entries; `now`: ms behind {@link AT}. */
function told(entries: readonly Entry[], now = 100) {
  const rows = new MemoryRows();
  for (const each of entries) project(rows, open(each), VIEWS);
  const query = { view: "sessions", owner: "alice", atLeast: 0 } as const;
  return { ...sessions.answer(rows, query, { now: AT + now }), rows: rows.all };
}

describe("[V9] the view of sessions", () => {
  test("says the open ones, the oldest first, and nothing of their secrets", () => {
    const { sessions: rows } = told([opened(3, "one", { issuedAt: 7 }), opened(5, "two")]);
    const known = { deviceId: "phone", gatewayId: "gw-1" };
    expect(rows).toEqual([
      { ...known, sessionId: "one", position: 3, openedAt: AT + 3, issuedAt: 7 },
      { ...known, sessionId: "two", position: 5, openedAt: AT + 5 },
    ]);
  });

  test("says no more of one that its own gateway has closed, and knows that it is never open again", () =>
    expect(
      told([
        opened(3, "one"),
        closed(4, "one"),
        opened(5, "one"),
        closed(6, "two"),
        opened(7, "two"),
      ]).sessions,
    ).toEqual([]));

  test("marks an end that somebody else has stated, until nothing of the session can come any more", () => {
    const entries = [opened(3, "one"), lost(10, "one"), lost(20, "one")];
    expect(told(entries, 20).sessions).toMatchObject([
      { sessionId: "one", closed: { reason: "gateway-lost", countsInMs: LATE_MS - 10 } },
    ]);
    expect(told(entries, 9 + LATE_MS).sessions).toMatchObject([{ closed: { countsInMs: 1 } }]);
    expect(told(entries, 10 + LATE_MS).sessions).toEqual([]);
  });

  test("waits no longer than a minute for such an end, though the broker's clock steps back", () =>
    expect(told([opened(3, "one"), lost(10, "one")], -LATE_MS).sessions).toMatchObject([
      { closed: { countsInMs: LATE_MS } },
    ]));

  test("takes the word of the own gateway behind that for the end", () =>
    expect(told([opened(3, "one"), lost(10, "one"), closed(11, "one")]).sessions).toEqual([]));

  test("drops rows of ends that count", () => {
    const late = entry(99, { type: "SignedOut", before: 1 }, AT + 10 + LATE_MS);
    const { rows } = told([opened(3, "one"), lost(10, "one"), late]);
    expect([...rows.values()]).toEqual([{ sessions: [], closed: "one" }]);
  });

  test("believes an end by replacement with the secret alone", () => {
    const replaced = (resume: string) =>
      closed(4, "one", { reason: "replaced", elsewhere: true, resume });
    expect(told([opened(3, "one"), replaced("A".repeat(22))]).sessions).toMatchObject([
      { sessionId: "one" },
    ]);
    expect(told([opened(3, "one"), replaced("A".repeat(22))]).sessions[0]).not.toHaveProperty(
      "closed",
    );
    expect(told([opened(3, "one"), replaced(SECRET)]).sessions).toMatchObject([
      { closed: { reason: "replaced" } },
    ]);
  });

  test("has a session once, as it was opened last, and ends no other with it", () => {
    const entries = [opened(3, "one"), opened(4, "two"), opened(5, "one")];
    const positions = (...more: Entry[]) =>
      told([...entries, ...more]).sessions.map(({ position }) => position);
    expect(positions()).toEqual([4, 5]);
    expect(positions(closed(6, "one"))).toEqual([4]);
    expect(positions(lost(6, "one"), closed(7, "two"))).toEqual([5]);
    expect(positions(entry(6, { type: "HeadAsked", sessionId: "one" }))).toEqual([4, 5]);
  });
});
