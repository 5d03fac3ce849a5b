import { expect, test } from "vitest";
import { groupHouse } from "./house.ts";

test("[G3] who was removed is told nothing by a forged cursor that lies behind that, though the group is known to reach so far, and not read yet", async () => {
  const { log, clock, spread, device, groups, world } = groupHouse();
  for (const joined of ["ann", "ben"]) spread(log.append("g-1", { joined }));
  const [ann, ben] = [device("ann"), device("ben")];
  ann.connect();
  await clock.pass(5_000);
  // Neither the gateway nor Ben's actor has heard of these.
  for (const change of [{ ended: "ben" }, {}, {}]) log.append("g-1", change);
  world.isUnhosted = true;
  ben.connect([{ mailbox: "g-1", epoch: "e", seq: 4, on: { seq: 4, at: 4 } }]);
  const ranges = [{ group: "g-1", from: 2 }];
  groups.told(ben.on, { kind: "follow", sessions: [], seq: log.seq, ranges, asked: true });
  await clock.pass(10_000);
  expect(ben.wrong).toEqual([]);
  expect(ben.frames.filter(({ t }) => t === "event")).toEqual([]);
  expect(ann.shown.get("g-1")).toEqual([1, 2, 3, 4, 5]);
});
