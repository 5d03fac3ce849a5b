import type { Since } from "../../protocol/frames/hello.ts";
import type { ResyncReason } from "../session/session.ts";
import type { Connected } from "../session/parts.ts";
import type { Course } from "./course.ts";
import type { Place } from "./place.ts";
import type { Span } from "./spans.ts";

/** Seat: one session's place in one group, and how far its client was told. */
export class Seat implements Place {
  readonly on: Connected;
  readonly user: string;
  readonly course: Course;
  seq = 0;
  ranges: readonly Span[] = [];
  endedAt = 0;
  proven = 0;
  /** The cursor that the client claims; taken up once. */
  since: Since | undefined;
  /** `behind`: it waits for a reading. `held`: for the group's head, for a proof, or until the client has read. */
  is: "new" | "held" | "behind" | "live" | "over" = "new";
  /** The client knows that it follows the group. */
  isTold = false;
  /** It was told of a head that it has not come to. */
  isCatchingUp = false;
  /** What it has missed was counted. */
  isWeighed = false;
  /** The cursor cannot be followed, and the client does not know yet. */
  resync: ResyncReason | undefined;
  /** The head that its last heartbeat has named. */
  ponged = 0;

  readonly deviceId: string;

  constructor(on: Connected, user: string, course: Course) {
    this.on = on;
    this.deviceId = on.session.is === "live" ? on.session.deviceId : "";
    this.user = user;
    this.course = course;
  }

  /** Does anybody still want it? */
  get isWanted(): boolean {
    return this.is !== "over" && this.on.session.is === "live";
  }
}
