import { GroupCourse, Seat } from "../../../src/gateway/groups/groupcourse.ts";
import { RingMemory } from "../../../src/gateway/groups/ring.ts";
import type { Connected } from "../../../src/gateway/session/addressee.ts";
import type { Happening } from "../../../src/gateway/session/session.ts";

/** A group that is known, and read, up to `seq`. */
export function courseAt(seq: number): GroupCourse {
  const course = new GroupCourse("g-1", 0, new RingMemory());
  return Object.assign(course, { cursor: { seq, head: seq, filling: false }, isKnown: true });
}

/** A live session's seat, and what is written and said to its client; `open`: how much of it is being stored. */
export function seatIn(course: GroupCourse, known: Partial<Seat> = {}, user = "ann") {
  const told: string[] = [];
  const happened: Happening[] = [];
  const session = { is: "live", deviceId: "d" };
  const storing = { open: 0 };
  const wire = {
    backlog: 0,
    share: ({ texts }: { texts: readonly string[] }) => void told.push(texts.join(" ")),
  };
  const on = {
    key: { sessionId: "s" },
    session,
    wire,
    signal: (frame: string) => void told.push(frame),
    happen: (happening: Happening) => void happened.push(happening),
    begun: () => void storing.open++,
    done: () => void storing.open--,
  } as unknown as Connected;
  const seat = Object.assign(new Seat(on, user, course), { ranges: [{ from: 1 }] }, known);
  course.seats.add(seat);
  return { seat, told, happened, session, wire, storing };
}
