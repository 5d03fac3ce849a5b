import { expect, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import type { Bounds, RowKey } from "../../src/projections/store/rows.ts";
import type { Query } from "../../src/protocol/internal/query.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { after, G, group, made, MOMENT } from "./groupanswers.ts";

/** Rows that say what was looked at. */
class Watched extends MemoryRows {
  readonly looks: string[] = [];

  constructor({ all }: MemoryRows) {
    super();
    for (const [key, row] of all) this.all.set(key, row);
  }

  override get<Row>(key: RowKey<Row>): Row | undefined {
    this.looks.push(`get ${key}`);
    return super.get(key);
  }

  override range<Row>(prefix: RowKey<Row>, bounds?: Bounds): Iterable<readonly [number, Row]> {
    this.looks.push(`range ${prefix}`);
    return super.range(prefix, bounds);
  }
}

const QUESTIONS = [
  { view: "group", group: G },
  { view: "members", group: G, limit: 200 },
  { view: "grouphistory", group: G, limit: 100 },
  { view: "grouphistory", group: G, limit: 100, after: 11 },
  { view: "groupstatus", id: `${G}:12` },
  { view: "info", id: `${G}:12`, limit: 200 },
] as const;

test.each(QUESTIONS)(
  "[G10] who never was in a group is answered after the same look-ups whether there is one, was one, or never was: %j",
  (question) => {
    const looks = (...entries: Entry[]): string[] => {
      const rows = new Watched(after(...entries).rows);
      const view = VIEWS.find(({ name }) => name === question.view);
      const query = { owner: "mallory", atLeast: 0, ...question } as Query;
      expect(view?.answer?.(rows, query, MOMENT)).toBeUndefined();
      return rows.looks;
    };
    const never = looks();
    expect(never.length).toBeGreaterThan(0);
    expect(looks(made, group.said(12, "alice"))).toEqual(never);
    const ended = [
      group.created(10, ["alice"]),
      group.said(12, "alice"),
      group.changed(14, "alice", { do: "leave", user: "alice" }),
    ];
    expect(looks(...ended)).toEqual(never);
  },
);
