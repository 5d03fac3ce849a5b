import type { Seat } from "./groupcourse.ts";
import type { ServerFrame } from "../../protocol/frames/frame.ts";
import type { Shared } from "../socket/wire.ts";
import type { PlaceWord } from "./place.ts";
import { together, type Framed } from "./ring.ts";

/** Says a frame to the session's client. */
export const sayTo = ({ on }: Seat, frame: ServerFrame): void => on.signal(JSON.stringify(frame));

/** Sends what all sessions get, and cuts this one off alone if it does not read. */
export function share({ on }: Seat, facts: Shared, queueBytes: number): void {
  if (on.session.is !== "live") return;
  on.wire.share(facts);
  if (on.wire.backlog > queueBytes) on.happen({ type: "ended", close: "slow" });
}

/** Tells a session what it is to be told, facts that follow each other in one piece. */
export function tell(seat: Seat, words: readonly PlaceWord<Framed>[], queueBytes: number): void {
  let facts: Framed[] = [];
  const flush = (): void => {
    if (facts.length > 0) share(seat, together(facts), queueBytes);
    facts = [];
  };
  for (const word of words) {
    if (word.is === "fact") {
      facts.push(word.fact);
      continue;
    }
    flush();
    sayTo(seat, { t: "caughtUp", mailbox: seat.course.group, seq: word.upTo });
  }
  flush();
}

/** Nothing of the group is for the session any more, unless the user comes back. */
export function endSeat(seat: Seat): void {
  const { course } = seat;
  course.drop(seat);
  seat.is = "over";
  if (seat.isTold) sayTo(seat, { t: "unfollows", mailbox: course.group, upTo: seat.seq });
}
