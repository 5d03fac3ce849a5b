import { expect, test } from "vitest";
import { Framed } from "../../../src/gateway/groups/ring.ts";
import { endSeat, share, tell } from "../../../src/gateway/groups/telling.ts";
import { courseAt, seatIn } from "./seat.ts";

const fact = (seq: number): Framed => new Framed(seq, `${seq}`, undefined);
const word = (seq: number) => ({ is: "fact", fact: fact(seq) }) as const;
const skipped = (upTo: number) => ({ is: "skipped", upTo }) as const;
const caughtUp = (seq: number): string => `{"t":"caughtUp","mailbox":"g-1","seq":${seq}}`;

test("[G3] a session is told facts that follow each other in one piece, and in between how far it has come without one", () => {
  const { seat, told } = seatIn(courseAt(9));
  tell(seat, [word(1), word(2), skipped(5), word(6), skipped(9)], 100);
  tell(seat, [skipped(12), word(13)], 100);
  expect(told).toEqual(["1 2", caughtUp(5), "6", caughtUp(9), caughtUp(12), "13"]);
});

test("[M6] a client for which more waits than may is cut off, and written to no more", () => {
  const { seat, told, happened, session, wire } = seatIn(courseAt(9));
  wire.backlog = 100;
  share(seat, fact(1), 100);
  expect([told, happened]).toEqual([["1"], []]);
  wire.backlog = 101;
  share(seat, fact(2), 100);
  expect(happened).toEqual([{ type: "ended", close: "slow" }]);
  session.is = "closed";
  share(seat, fact(3), 100);
  expect([told, happened.length]).toEqual([["1", "2"], 1]);
});

test("[G3] where a group is over for a session the client is told once, if it knows of the group", () => {
  const course = courseAt(9);
  const [ann, ben] = [
    seatIn(course, { seq: 7, isTold: true, is: "live" }),
    seatIn(course, { seq: 7 }),
  ];
  for (const { seat } of [ann, ben]) {
    course.live.add(seat);
    endSeat(seat);
    expect([seat.is, seat.isWanted]).toEqual(["over", false]);
  }
  expect([ann.told, ben.told]).toEqual([['{"t":"unfollows","mailbox":"g-1","upTo":7}'], []]);
  expect([course.seats.size, course.live.size]).toEqual([0, 0]);
});
