import fc from "fast-check";
import { expect, test } from "vitest";
import { open, type Entry } from "../../src/events/entry.ts";
import { project } from "../../src/projections/project.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import type { Reading } from "../../src/projections/store/rows.ts";
import { ViewStore } from "../../src/projections/store/store.ts";
import type { GroupSights } from "../../src/projections/views/groups/sights.ts";
import type { Answers } from "../../src/protocol/frames/reply.ts";
import type { Query } from "../../src/protocol/internal/query.ts";
import { MemoryRows } from "../../src/testing/memoryrows.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";
import { FIRST, PEOPLE, play, SECOND, steps, type NaiveGroup } from "./grouphistories.ts";
import { beginning } from "./support.ts";

const ask = (rows: Reading, query: object): unknown =>
  VIEWS.find(({ name }) => name === (query as Query).view)?.answer?.(
    rows,
    { atLeast: 0, ...query } as Query,
    { now: 0, onlineMs: 1 },
  );

const folded = (entries: readonly Entry[]): MemoryRows => {
  const rows = new MemoryRows();
  for (const each of entries) project(rows, open(each), VIEWS);
  return rows;
};

/** Answers about a group are what a naive count says. */
function agrees(rows: Reading, group: string, naive: NaiveGroup, read: number): void {
  for (const owner of PEOPLE) {
    const stay = naive.stays.get(owner)?.at(-1);
    const history = ask(rows, { view: "grouphistory", owner, group, limit: 100 });
    if (stay === undefined) {
      expect(history).toBeUndefined();
      continue;
    }
    const seen = naive.seen(owner);
    const { messages } = history as Answers["history"];
    expect(messages.map(({ seq }) => seq)).toEqual(seen.map(({ seq }) => seq));
    const asked = { view: "grouprows", owner };
    const groups = [{ group, at: 1, from: stay.from, read }];
    const [row] = (ask(rows, { ...asked, groups }) as GroupSights).rows;
    expect(row?.unread).toBe(naive.unread(owner, read));
    expect(row?.mentioned ?? false).toBe(naive.mentioned(owner, read));
    expect([row?.seq, row?.at]).toEqual([seen.at(-1)?.seq, seen.at(-1)?.at]);
    for (const { seq, author } of naive.facts)
      if (author === owner) ticksAgree(rows, `${group}:${seq}`, owner, naive);
  }
}

function ticksAgree(rows: Reading, id: string, owner: string, naive: NaiveGroup): void {
  const position = Number(id.split(":")[1]);
  const all = naive.counted(owner, position);
  const count = (read: boolean): number =>
    all.filter((user) => naive.reached(user, position, read) !== undefined).length;
  const [delivered, readBy, of] = [count(false), count(true), all.length];
  const status = readBy === of ? "read" : delivered === of ? "delivered" : "sent";
  expect(ask(rows, { view: "groupstatus", owner, id })).toMatchObject({
    status,
    delivered,
    read: readBy,
    of,
  });
  const had = PEOPLE.filter((user) => user !== owner && naive.had(user, position) !== undefined);
  const { members } = ask(rows, { view: "info", owner, id, limit: 200 }) as Answers["info"];
  expect(members).toEqual(
    had.toSorted().map((user) => {
      const [deliveredAt, readAt] = [
        naive.reached(user, position, false),
        naive.reached(user, position, true),
      ];
      return {
        user,
        delivered: deliveredAt !== undefined,
        read: readAt !== undefined,
        ...(deliveredAt !== undefined && { deliveredAt }),
        ...(readAt !== undefined && { readAt }),
        ...(naive.had(user, position)?.upTo !== Infinity && { left: true }),
      };
    }),
  );
}

test("[G10] whatever happens to a group, its views say what a naive count does", () => {
  fc.assert(
    fc.property(steps, fc.nat(160), (run, read) => {
      const { entries, naive } = play(run);
      const rows = folded(entries);
      for (const group of [FIRST, SECOND]) agrees(rows, group, naive.get(group)!, read);
    }),
    { numRuns: 200 },
  );
});

test("[T1] how far a message in a group has come never goes back", () => {
  const rank = { sent: 0, delivered: 1, read: 2 };
  fc.assert(
    fc.property(steps, (run) => {
      const { entries, naive } = play(run);
      const own = naive
        .get(FIRST)!
        .facts.flatMap(({ seq, author: owner }) =>
          owner === undefined ? [] : [{ view: "groupstatus", owner, id: `${FIRST}:${seq}` }],
        );
      const rows = new MemoryRows();
      let before = own.map(() => 0);
      for (const each of entries) {
        project(rows, open(each), VIEWS);
        const now = own.map((query) => {
          const answer = ask(rows, query) as Answers["status"] | undefined;
          return answer === undefined ? 0 : rank[answer.status];
        });
        now.forEach((value, i) => expect(value).toBeGreaterThanOrEqual(before[i] ?? 0));
        before = now;
      }
    }),
    { numRuns: 50 },
  );
});

test("[V1] LMDB holds what memory holds of groups, in whatever batches it was written", async () => {
  const store = await ViewStore.open({ dir: folder(), log: silent });
  const { table } = store;
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.integer({ min: 1, max: 20 })), (run, sizes) => {
      const { entries, naive } = play(run);
      let at = table.reset(beginning("any"));
      for (let rest = entries; rest.length > 0;) {
        const batch = rest.slice(0, sizes.next().value);
        rest = rest.slice(batch.length);
        const seq = batch.at(-1)?.seq ?? 0;
        at = table.commit(at, seq, (rows) =>
          batch.forEach((each) => project(rows, open(each), VIEWS)),
        );
      }
      const memory = folded(entries);
      for (const [key, row] of memory.all) expect(table.get(key)).toEqual(row);
      for (const group of [FIRST, SECOND]) agrees(table, group, naive.get(group)!, 20);
    }),
    { numRuns: 60 },
  );
  await store.close();
});
