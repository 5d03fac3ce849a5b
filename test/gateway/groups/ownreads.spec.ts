import { expect, test } from "vitest";
import { OwnReads } from "../../../src/gateway/groups/ownreads.ts";
import { ModelClock } from "./model.ts";
import { courseAt, seatIn } from "./seat.ts";

/** A member whose own mailbox takes a fact in 5 ms; `facts`: when it did, and how far it says. */
function reader() {
  const clock = new ModelClock();
  const around = seatIn(courseAt(9));
  const facts: [ms: number, upTo: number][] = [];
  const failures: string[] = [];
  const log = { isAway: false };
  const reads = new OwnReads({
    world: {
      async receipt(user, session, event) {
        expect([user, session]).toEqual(["ann", "s"]);
        expect(event).toMatchObject({ author: "ann", peer: "g-1", device: "d" });
        expect(around.storing.open).toBe(1);
        await new Promise<void>((done) => clock.after(5, done));
        if (log.isAway) throw new Error("away");
        facts.push([clock.now(), event.upTo]);
        return { event };
      },
    },
    clock,
    failed: (_, words) => void failures.push(words),
  });
  return { ...around, clock, reads, facts, failures, log };
}

test("[G7] how far a member has read is a fact of the own mailbox at once, then at most each 30 s, and only if it is news", async () => {
  const { seat, clock, reads, facts, storing } = reader();
  await clock.pass(50_000);
  reads.stored(seat, 1);
  await clock.pass(1_000);
  for (const upTo of [4, 6, 5]) reads.stored(seat, upTo);
  await clock.pass(40_000);
  reads.stored(seat, 6);
  await clock.pass(40_000);
  expect(facts).toEqual([
    [50_005, 1],
    [80_005, 6],
  ]);
  expect([storing.open, clock.waiting]).toEqual([0, 0]);
});

test("[G7] what a member has read is stated as the session ends, and nothing waits then", async () => {
  const { seat, clock, reads, facts, storing, session } = reader();
  await reads.state(seat);
  reads.stored(seat, 1);
  await clock.pass(1_000);
  reads.stored(seat, 3);
  session.is = "closed";
  const done = reads.state(seat);
  expect(clock.waiting).toBe(1);
  await clock.pass(10);
  await done;
  expect(facts).toEqual([
    [5, 1],
    [1_005, 3],
  ]);
  expect([storing.open, clock.waiting]).toEqual([0, 0]);
});

test("[G7] a read that the own mailbox does not take is stated again in 30 s, as long as the session is there: a device that comes back says it anew", async () => {
  const { seat, clock, reads, facts, failures, log, storing, session } = reader();
  log.isAway = true;
  reads.stored(seat, 3);
  await clock.pass(10);
  expect([failures, storing.open]).toEqual([["receipt not stored"], 0]);
  log.isAway = false;
  await clock.pass(31_000);
  expect(facts).toEqual([[30_010, 3]]);
  log.isAway = true;
  reads.stored(seat, 4);
  session.is = "closed";
  const done = reads.state(seat);
  await clock.pass(10);
  await done;
  expect([failures.length, clock.waiting, facts.length]).toEqual([2, 0, 1]);
});
