import { expect, test } from "vitest";
import { positionOf } from "../../../src/events/position.ts";
import type { Since } from "../../../src/protocol/frames/hello.ts";
import type { GroupRange } from "../../../src/protocol/internal/routes.ts";
import { groupHouse } from "./house.ts";

test("[G3] a session is sent away when the group's log begins a generation, which may have taken the end of a membership, too", async () => {
  const { log, clock, spread, device, groups } = groupHouse();
  for (const joined of ["ann", "ben", "cem"]) spread(log.append("g-1", { joined }));
  const [ann, ben] = [device("ann"), device("ben")];
  for (const each of [ann, ben]) each.connect();
  await clock.pass(5_000);
  spread(log.append("g-1", { ended: "ann" }));
  await clock.pass(5_000);
  expect(groups.beginAnew(() => false)).toEqual([]);
  expect(groups.beginAnew((name) => name === "g-1")).toEqual([ann.on, ben.on]);
});

test("[G3] a session is sent away as well if its actor names a membership of that generation before the gateway knows of it: it is followed then", async () => {
  const { clock, device, groups } = groupHouse();
  const zoe = device("zoe");
  zoe.connect();
  await clock.pass(5_000);
  const ranges = [{ group: "g-1", from: positionOf(1, 1) }];
  groups.told(zoe.on, { kind: "follow", sessions: [], seq: 9, ranges });
  await clock.pass(5_000);
  expect(zoe.frames).toEqual([]);
  expect(groups.beginAnew((name) => name === "g-1")).toEqual([zoe.on]);
});

/** ann, whose hello has named a cursor of the group, and whose actor says that she has no membership there for now. */
async function between(since: Since) {
  const house = groupHouse();
  const { log, device, groups, spread } = house;
  for (const joined of ["ann", "ben"]) spread(log.append("g-1", { joined }));
  spread(log.append("g-1"));
  const ann = device("ann");
  ann.connect([since]);
  const say = (ranges: readonly GroupRange[], isAsked = false): void =>
    groups.told(ann.on, {
      kind: "follow",
      sessions: [],
      seq: 9,
      ranges,
      ...(isAsked && { asked: true }),
    });
  return { ...house, ann, say };
}

test("[G3] a cursor that was named while nobody let its user in is judged when somebody does: the client does not take another life of the log for its own", async () => {
  const since = { mailbox: "g-1", epoch: "before", seq: 7, on: { seq: 7, at: 7 } };
  const { clock, ann, say } = await between(since);
  say([], true);
  await clock.pass(1_000);
  expect(ann.frames).toEqual([]);
  say([{ group: "g-1", from: 1 }]);
  await clock.pass(1_000);
  expect(ann.frames.map(({ t }) => t)).toEqual(["follows", "resync", "event"]);
});

test("[G3] a membership of which a roll-back has taken the end is followed by nobody until the group has said where its user stands", async () => {
  const { clock, ann, marks, groups, say } = await between({ mailbox: "g-1", epoch: "e", seq: 1 });
  marks.from = 20;
  say([{ group: "g-1", from: 1, upTo: 30 }], true);
  await clock.pass(1_000);
  // The cursor of the group has not been moved to where nothing is.
  expect([ann.frames, groups.standing(ann.on, "g-1"), groups.size]).toEqual([[], false, 0]);
  say([{ group: "g-1", from: 1 }]);
  await clock.pass(1_000);
  expect(ann.frames).toMatchObject([
    { t: "follows", mailboxes: [{ seq: 1, head: 3 }] },
    { seq: 2 },
    { seq: 3 },
    { t: "caughtUp" },
  ]);
});

test("[G3] and a session that stands in it goes on for nobody either, nor is the group read for ever: its actor is asked, and others are served", async () => {
  const { log, clock, device, spread, world, asked, marks, ann, say } = await between({
    mailbox: "g-1",
    epoch: "e",
    seq: 3,
  });
  const ben = device("ben");
  ben.connect();
  say([{ group: "g-1", from: 1 }], true);
  await clock.pass(5_000);
  // As long as the test says what her actor says.
  world.isUnhosted = true;
  const before = asked.follows;
  marks.from = 20;
  say([{ group: "g-1", from: 1, upTo: 30 }]);
  await clock.pass(1_000);
  expect(asked.follows).toBe(before + 1);
  say([{ group: "g-1", from: 1, upTo: 30 }], true);
  spread(log.append("g-1"));
  await clock.pass(1_000);
  expect(ann.frames.at(-1)).toMatchObject({ t: "unfollows", upTo: 3 });
  expect(ben.shown.get("g-1")).toEqual([2, 3, 4]);
  expect(asked.readings).toHaveLength(1);
});

test("[G3] a fact of another generation than that in which the gateway knows the group to be is told to nobody", async () => {
  const { log, clock, device, spread, marks, hearers } = await between({
    mailbox: "g-1",
    epoch: "e",
    seq: 3,
  });
  const ben = device("ben");
  ben.connect();
  await clock.pass(5_000);
  marks.from = 20;
  hearers.get("g-1")?.({ kind: "event", seq: 25, prev: 3, members: 2, frame: "{}" });
  await clock.pass(1_000);
  spread(log.append("g-1"));
  await clock.pass(1_000);
  expect(ben.shown.get("g-1")).toEqual([2, 3, 4]);
  expect(ben.wrong).toEqual([]);
});
