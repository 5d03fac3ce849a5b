import { expect, test } from "vitest";
import { groupHouse } from "./house.ts";

test("[G8] who has missed more than 5,000 events of all their groups is sent to the views of some, wherever the others come from", async () => {
  const { log, clock, device } = groupHouse();
  const counts = [...Array.from({ length: 10 }, () => 495), 30, 30];
  for (const [g, count] of counts.entries()) {
    // The gateway has in memory what ben has missed, when ann comes.
    for (const joined of g < 10 ? ["ann"] : ["ben", "ann"]) log.append(`g-${g}`, { joined });
    for (let n = 1; n < count; n++) log.append(`g-${g}`);
  }
  const [ann, ben] = [device("ann"), device("ben")];
  ben.connect();
  await clock.pass(2_000);
  ann.connect();
  await clock.pass(10_000);
  expect(ann.frames.filter(({ t }) => t === "resync")).toMatchObject([{ reason: "too-long" }]);
  expect(ann.frames.filter(({ t }) => t === "event").length).toBeLessThanOrEqual(5_001);
  expect(ann.wrong).toEqual([]);
});
