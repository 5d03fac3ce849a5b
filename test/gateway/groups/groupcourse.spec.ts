import { expect, test } from "vitest";
import { groupHouse } from "./house.ts";
import { courseAt, seatIn } from "./seat.ts";

test("[M14] a heartbeat names a group that has nothing but the fact that let its user in", async () => {
  const { log, clock, spread, device, groups } = groupHouse();
  spread(log.append("g-1", { joined: "ann" }));
  const ann = device("ann");
  ann.connect();
  await clock.pass(5_000);
  expect(groups.moved(ann.on)).toEqual({ "g-1": 1 });
});

test("[G8] a session whose cursor cannot be followed begins before its last membership", () => {
  const { seat } = seatIn(courseAt(9), {
    seq: 90,
    ranges: [{ from: 1, upTo: 1 }, { from: 2, upTo: 3 }, { from: 5 }],
  });
  seat.startOver("epoch");
  expect(seat).toMatchObject({ resync: "epoch", seq: 4 });
  seat.ranges = [];
  seat.startOver("rolled-back");
  expect(seat).toMatchObject({ resync: "rolled-back", seq: 0 });
});

test("[G8] a session goes on from its cursor, and from the begin where it has none", () => {
  const { seat } = seatIn(courseAt(9));
  seat.goOn();
  expect([seat.seq, seat.proven, seat.endedAt]).toEqual([0, 0, 0]);
  seat.since = { mailbox: "g-1", epoch: "e", seq: 7 };
  seat.goOn();
  expect(seat.seq).toBe(7);
});

test("[G8] a seat is wanted as long as it is not over and its session is there", () => {
  const { seat, session } = seatIn(courseAt(9), { is: "live" });
  expect(seat.isWanted).toBe(true);
  session.is = "closed";
  expect(seat.isWanted).toBe(false);
  session.is = "live";
  seat.is = "over";
  expect(seat.isWanted).toBe(false);
});
