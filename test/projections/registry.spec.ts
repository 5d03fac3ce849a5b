import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { Bugs } from "../../src/projections/bugs.ts";
import { projectAll } from "../../src/projections/project.ts";
import { VIEWS, viewsOf, withReaders, withSources } from "../../src/projections/registry.ts";
import { kindOf, type Rows } from "../../src/projections/store/rows.ts";
import type { View } from "../../src/projections/view.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { delivered, mailbox, read } from "../support/mailbox.ts";
import { silent } from "../support/silent.ts";
import { G, group, made } from "./groupanswers.ts";
import { began } from "./support.ts";

const alice = mailbox("alice");
/** So many that their track has a full row. */
const MANY = Array.from({ length: 70 }, (_, i) => i);
const entry = (kind: Entry["kind"], seq: number, event: object): Entry => ({
  kind,
  owner: "alice",
  seq,
  at: seq,
  raw: JSON.stringify(event),
});
/** All that makes a row of any kind. */
const story: readonly Entry[] = [
  ...MANY.map((i) => alice.sent(i + 1, "bob", `phone.${i + 1}`)),
  ...MANY.map((i) => alice.ticked(100 + 2 * i, "bob", 100 + 2 * i, delivered(i + 1))),
  ...MANY.map((i) => alice.ticked(300 + i, "bob", 300 + i, read(i + 1))),
  alice.told(400, "bob", 900),
  alice.received(401, "bob", read(900)),
  alice.joined(402, G, 10),
  alice.sentWith(403, G, "phone.403", { key: "k" }),
  entry("copy", 404, {
    type: "Refused",
    author: G,
    cause: 404,
    cid: "phone.403",
    code: "group.busy",
  }),
  alice.opened(405),
  entry("fact", 406, { type: "Nonsense" }),
  entry("activity", 407, { type: "UserActive", action: "send" }),
  made,
  ...MANY.map((i) => group.said(1_000 + i, "alice", ["bob"])),
  group.gathered(1_100, { read: [[1_010, ["bob"]]] }),
  group.changed(1_101, "alice", { do: "remove", user: "carol" }),
  group.asked(1_102, "alice", 10, "s".repeat(22)),
  began(5_000),
];

/** Rows that note the kinds that are read and written. */
function noting(rows: Rows, used: { readonly reads: Set<string>; readonly writes: Set<string> }) {
  const noted: Rows = {
    get: (key) => {
      used.reads.add(kindOf(key));
      return rows.get(key);
    },
    range: (prefix, bounds) => {
      used.reads.add(kindOf(prefix));
      return rows.range(prefix, bounds);
    },
    put: (key, row) => {
      used.writes.add(kindOf(key));
      rows.put(key, row);
    },
    remove: (key) => {
      used.writes.add(kindOf(key));
      rows.remove(key);
    },
  };
  return noted;
}

/** The kinds that each view reads and writes as it projects the story, and all kinds that are there then. */
function used() {
  const uses = new Map(
    VIEWS.map(({ name }) => [name, { reads: new Set<string>(), writes: new Set<string>() }]),
  );
  const views = VIEWS.map((view): View => {
    const seen = (rows: Rows): Rows => noting(rows, uses.get(view.name)!);
    return {
      ...view,
      project: (rows, change) => view.project?.(seen(rows), change),
      stated: (rows, fact) => view.stated?.(seen(rows), fact),
      grouped: (rows, change) => view.grouped?.(seen(rows), change),
      met: (rows, session) => view.met?.(seen(rows), session),
      seen: (rows, activity) => view.seen?.(seen(rows), activity),
      leftOut: (rows, left, aside) => view.leftOut?.(seen(rows), left, aside),
    };
  });
  const rows = new MemoryRows();
  projectAll(rows, story, { views, bugs: new Bugs(silent) });
  return { uses, all: new Set([...rows.all.keys()].map(kindOf)) };
}

const kindsOf = (names: Iterable<string>): string[] =>
  [...names].flatMap((name) => VIEWS.find((view) => view.name === name)?.kinds ?? []);

describe("[V4] the views", () => {
  const { uses, all } = used();

  test("name every kind of rows that there is, each once, so that it goes when its view is rebuilt", () => {
    const named = VIEWS.flatMap(({ kinds }) => kinds);
    expect(named.toSorted()).toEqual([...all].toSorted());
  });

  test("write rows of their own kinds alone, and read those of views that they name", () => {
    for (const [name, { reads, writes }] of uses) {
      expect(kindsOf([name]), name).toEqual(expect.arrayContaining([...writes]));
      const known = kindsOf(withSources([name], VIEWS));
      expect(known, name).toEqual(expect.arrayContaining([...reads]));
    }
  });

  test("are rebuilt with the ground that they are folded on", () => {
    const folds = (of: (view: View) => unknown): string[] =>
      VIEWS.filter((view) => of(view) !== undefined).map(({ name }) => name);
    const ofChats = [...withReaders(["conversations"], VIEWS)];
    expect(ofChats).toEqual(
      expect.arrayContaining(folds(({ project, stated }) => project ?? stated)),
    );
    expect([...withReaders(["groups"], VIEWS)].toSorted()).toEqual(
      ["groups", ...folds(({ grouped }) => grouped)].toSorted(),
    );
    expect(ofChats).not.toContain("groups");
    expect([...withReaders(["lastseen"], VIEWS)]).toEqual(["lastseen"]);
  });

  test("are of the streams that their entries lie in", () => {
    const ofActivity = viewsOf("ACTIVITY").map(({ name }) => name);
    expect(ofActivity).toEqual(["lastseen"]);
    const ofMailboxes = VIEWS.filter(({ name }) => name !== "lastseen");
    expect(viewsOf("MAILBOX_0")).toEqual(ofMailboxes);
  });
});
