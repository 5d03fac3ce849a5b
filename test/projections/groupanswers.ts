import { open, type Entry } from "../../src/events/entry.ts";
import { project } from "../../src/projections/project.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import type { GroupSights } from "../../src/projections/views/groups/sights.ts";
import type { Answers } from "../../src/protocol/frames/reply.ts";
import type { PlacesOfGroups, Query } from "../../src/protocol/internal/query.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { groupMailbox, groupNamed } from "../support/group.ts";

export const G = groupNamed("one");
export const group = groupMailbox(G);
type PlacesAsk = Extract<Query, { view: "groupplaces" }>;
export const MOMENT = { now: 0, onlineMs: 1 };

/** The rows of what happened in a stream, asked by somebody. */
export function after(...entries: Entry[]) {
  const rows = new MemoryRows();
  for (const each of entries) project(rows, open(each), VIEWS);
  const ask = (query: Omit<Query, "atLeast">): unknown => {
    const said = VIEWS.find(({ name }) => name === query.view)?.answer;
    return said?.(rows, { atLeast: 0, ...query } as Query, MOMENT);
  };
  return {
    rows,
    history: (owner: string, page: { before?: number; after?: number; limit?: number } = {}) =>
      ask({ view: "grouphistory", owner, group: G, limit: 100, ...page } as Query) as
        | Answers["history"]
        | undefined,
    seen(owner: string): number[] | undefined {
      return this.history(owner)?.messages.map(({ seq }) => seq);
    },
    status: (owner: string, seq: number) =>
      ask({ view: "groupstatus", owner, id: `${G}:${seq}` } as Query),
    info: (owner: string, seq: number, page: { after?: string; limit?: number } = {}) =>
      ask({ view: "info", owner, id: `${G}:${seq}`, limit: 200, ...page } as Query) as
        | Answers["info"]
        | undefined,
    group: (owner: string) =>
      ask({ view: "group", owner, group: G } as Query) as Answers["group"] | undefined,
    /** The group as a list of chats shows it to somebody who came at `from` and has read up to `read`. */
    row: (owner: string, from: number, read = 0) =>
      (
        ask({ view: "grouprows", owner, groups: [{ group: G, at: 1, from, read }] } as Query) as
          | GroupSights
          | undefined
      )?.rows[0],
    /** The places of these groups in a list of chats. */
    places: (owner: string, groups: PlacesAsk["groups"], page: Partial<PlacesAsk> = {}) =>
      ask({ view: "groupplaces", owner, groups, limit: 50, ...page }) as PlacesOfGroups,
    members: (owner: string, page: { after?: string; limit?: number } = {}) =>
      ask({ view: "members", owner, group: G, limit: 200, ...page } as Query) as
        | Answers["members"]
        | undefined,
  };
}

/** The group with its first three members. */
export const made = group.created(10, ["alice", "bob", "carol"]);
