import { expect, test } from "vitest";
import type { Seat } from "../../../src/gateway/groups/groupcourse.ts";
import { Portions } from "../../../src/gateway/groups/portions.ts";
import { Framed } from "../../../src/gateway/groups/ring.ts";
import { groupHouse } from "./house.ts";
import { courseAt, seatIn } from "./seat.ts";

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

/** Facts of a group, from one seq to another. */
const facts = (from: number, to: number): Framed[] =>
  Array.from({ length: to - from + 1 }, (_, i) => new Framed(from + i, "", undefined));

test("[G8] what a session has missed is counted once: what is its own of the first page that has some, and what lies behind that if its membership does not end there", () => {
  const missing = (known: Partial<Seat>) =>
    seatIn(courseAt(900), { seq: 3, isCatchingUp: true, ...known }).seat;
  const isAdmitted = (seat: Seat, page: readonly Framed[], pending: number): boolean =>
    new Portions().admits(seat, page, pending);
  expect(isAdmitted(missing({}), facts(1, 13), 490)).toBe(true);
  expect(isAdmitted(missing({}), facts(1, 13), 491)).toBe(false);
  expect(isAdmitted(missing({ ranges: [{ from: 1, upTo: 14 }] }), facts(1, 13), 491)).toBe(false);
  for (const upTo of [12, 13]) {
    const seat = missing({ ranges: [{ from: 1, upTo }] });
    expect(isAdmitted(seat, facts(1, 13), 491)).toBe(true);
    expect(seat.isWeighed).toBe(true);
  }
  const gone = missing({ ranges: [{ from: 1, upTo: 600 }] });
  expect(isAdmitted(gone, facts(101, 900), 0)).toBe(true);
  expect(isAdmitted(missing({ ranges: [{ from: 1, upTo: 504 }] }), facts(4, 600), 0)).toBe(false);
  const seat = missing({});
  for (const page of [[], facts(1, 3)]) expect(isAdmitted(seat, page, 900)).toBe(true);
  expect(seat.isWeighed).toBe(false);
  expect(isAdmitted(seat, facts(4, 4), 0)).toBe(true);
  expect(isAdmitted(seat, facts(5, 9), 900)).toBe(true);
  expect(isAdmitted(missing({ isCatchingUp: false }), facts(4, 9), 900)).toBe(true);
});

test("[G8] a session is told 5,000 events of all its groups, whatever others are told", () => {
  const portions = new Portions();
  const { seat } = seatIn(courseAt(900));
  const { seat: other } = seatIn(courseAt(900));
  const isAdmitted = ({ on }: Seat, count: number): boolean => {
    const each = seatIn(courseAt(900), { on, isCatchingUp: true }).seat;
    return portions.admits(each, facts(1, count), 0);
  };
  expect(isAdmitted(seat, 501)).toBe(false);
  for (let n = 0; n < 10; n++) expect(isAdmitted(seat, 500)).toBe(true);
  expect([isAdmitted(seat, 1), isAdmitted(other, 1)]).toEqual([false, true]);
});
