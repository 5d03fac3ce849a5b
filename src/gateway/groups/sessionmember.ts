import { type GroupCourse, Seat } from "./groupcourse.ts";
import type { Since } from "../../protocol/frames/hello.ts";
import type { RouteRecord } from "../../protocol/internal/routes.ts";
import type { Connected } from "../session/addressee.ts";

/** Twice the groups that a user is in at a time. */
const SEATS_MAX = 1_024;

export type FollowRecord = Extract<RouteRecord, { kind: "follow" }>;

/** SessionMember: one session with all of its seats, and what it still waits for. */
export class SessionMember {
  readonly on: Connected;
  readonly user: string;
  /** Cursors of groups that its `hello` named, until they are taken up: also behind the answer, since the user may be let in once more by then. */
  readonly since: Map<string, Since>;
  /** By group; of those that are over the newest stay, with how far they came. */
  readonly seats = new Map<string, Seat>();
  /**
   * The newest words of its user's actor that it has not taken yet: an answer to the own question, and any behind that. undefined: its own
   * mailbox has caught up, so the client may be told of groups.
   */
  waiting: { asked?: FollowRecord; any?: FollowRecord } | undefined = {};
  /** How far the mailbox was in the newest word; an earlier one counts no more. */
  toldAt = Number.NEGATIVE_INFINITY;
  /** A word that came too early was an answer to the own question. */
  isLate = false;
  /** An answer to the own question has come since it was put. */
  isAnswered = false;
  /** Ranges that ended have been told, if there are any for the cursors. */
  isToldAll: boolean;
  tries = 0;
  /** Groups that the next question names, besides those of the cursors. */
  readonly doubts = new Set<string>();
  /** Takes the next try of the question back. */
  cancel: () => void = () => undefined;
  /** Groups whose begin the newest word names in a generation that this process does not know yet. */
  ahead: ReadonlySet<string> = new Set();

  constructor(on: Connected, user: string, since: readonly Since[]) {
    this.on = on;
    this.user = user;
    // Of several the first counts.
    this.since = new Map(since.map((each) => [each.mailbox, each] as const).toReversed());
    this.isToldAll = this.since.size === 0;
    this.meet();
  }

  /** Words of an actor count when it has come as far as the session: a host that has just begun does not know yet what it has missed. */
  meet(): void {
    const { session } = this.on;
    if (session.is === "live") this.toldAt = Math.max(this.toldAt, session.cursor.head);
  }

  /** Takes a seat, with the cursor that the hello named of the group; where there are too many, the oldest that is over goes. */
  take(course: GroupCourse): Seat {
    const { group } = course;
    const seat = new Seat(this.on, this.user, course);
    seat.since = this.since.get(group);
    this.since.delete(group);
    this.seats.set(group, seat);
    if (this.seats.size > SEATS_MAX) this.#forget();
    return seat;
  }

  #forget(): void {
    for (const [group, { is }] of this.seats)
      if (is === "over") return void this.seats.delete(group);
  }

  /** Does a word count? Not an older one that has come late, nor one of a host that is late. */
  counts({ seq, asked }: FollowRecord): boolean {
    if (seq < this.toldAt) {
      this.isLate ||= asked === true;
      return false;
    }
    this.toldAt = seq;
    return true;
  }
}
