import type { Since } from "../../protocol/frames/hello.ts";
import type { Cursor } from "../session/cursor.ts";
import type { Connected } from "../session/addressee.ts";
import type { ResyncReason } from "../session/session.ts";
import type { Shared } from "../socket/wire.ts";
import { EndChain } from "./endchain.ts";
import type { GroupPlace } from "./place.ts";
import { Ring, type Framed, type RingMemory } from "./ring.ts";
import { RoundPace } from "./roundpace.ts";
import type { SeqRange } from "./spans.ts";

/** A round in which facts go to all live sessions, some of them per turn of the loop. */
export interface Round {
  readonly facts: readonly Framed[];
  readonly seats: readonly Seat[];
  /** So many of them have had their turn. */
  done: number;
  /** ms of the monotonic clock. */
  readonly beganAt: number;
  /** The facts in one piece of memory. */
  readonly shared: Shared;
  /** The seq of the last one. */
  readonly last: number;
  /** It ends nobody's membership. */
  readonly isPlain: boolean;
}

/** GroupCourse: one group as this gateway follows it, once for all of its sessions. Changed in place. */
export class GroupCourse {
  readonly group: string;
  /** The number of its stream. */
  readonly k: number;
  readonly ring: Ring;
  readonly ends = new EndChain();
  /** Until the head is known nothing is live. */
  cursor: Cursor = { seq: 0, head: 0, filling: true };
  isKnown = false;
  /** Present members, as the group's host said last; 0: no receipts of members there. */
  members: number | undefined;
  /** Everybody who is not over. */
  readonly seats = new Set<Seat>();
  readonly live = new Set<Seat>();
  /** Those who wait for a reading, and behind which seq it has to begin … */
  readonly behind = new Map<Seat, number>();
  /** … until the group's head is known, or has come as far as they are … */
  readonly later = new Set<Seat>();
  /** … or for a proof that nothing has ended their membership, for which the ends are to be known from this seq on. */
  readonly unproven = new Map<Seat, number>();
  /** Those whose cursors lie beyond the head: it is looked at again. */
  readonly doubted = new Set<Seat>();
  /** Under way: reading for those behind, walking back. */
  isReading = false;
  isWalking = false;
  /** Facts that are to go to the live ones. */
  queue: Framed[] = [];
  round: Round | undefined;
  /** More facts are waited for, or they go out, until the writes are over. */
  isBusy = false;
  readonly pace = new RoundPace();
  /** Nobody has been here since then; ms of the monotonic clock. */
  emptyAt: number | undefined;
  off: () => void = () => undefined;

  constructor(group: string, k: number, memory: RingMemory) {
    this.group = group;
    this.k = k;
    this.ring = new Ring(memory, 0);
  }

  drop(seat: Seat): void {
    for (const set of [this.seats, this.live, this.behind, this.later, this.unproven, this.doubted])
      set.delete(seat);
  }
}

/** Seat: one session's place in one group, and how far its client was told. */
export class Seat implements GroupPlace {
  readonly on: Connected;
  readonly user: string;
  readonly course: GroupCourse;
  seq = 0;
  ranges: readonly SeqRange[] = [];
  endedAt = 0;
  proven = 0;
  /** The cursor that the client claims; taken up once. */
  since: Since | undefined;
  /** `held`: it waits for the group's head, for a reading or a proof, or until the client has read. */
  is: "new" | "held" | "live" | "over" = "new";
  /** The client knows that it follows the group. */
  isTold = false;
  /** It was told of a head that it has not come to. */
  isCatchingUp = false;
  /** The facts that it has missed were counted. */
  isWeighed = false;
  /** The cursor cannot be followed, and the client does not know yet. */
  resync: ResyncReason | undefined;
  /** The head that its last heartbeat has named. */
  ponged = 0;

  readonly deviceId: string;

  constructor(on: Connected, user: string, course: GroupCourse) {
    this.on = on;
    this.deviceId = on.session.is === "live" ? on.session.deviceId : "";
    this.user = user;
    this.course = course;
  }

  /** Does anybody still want it? */
  get isWanted(): boolean {
    return this.is !== "over" && this.on.session.is === "live";
  }

  /** Is its place what the client has claimed? Until then that is not known to be one of this log. */
  get hasBegun(): boolean {
    return this.is !== "new" && !this.course.doubted.has(this);
  }

  /** It goes on from its cursor, if it has one. */
  goOn(): void {
    if (this.since !== undefined) this.seq = this.since.seq;
  }

  /** Its cursor cannot be followed: it begins with its last membership, at the end of that. */
  startOver(reason: "epoch" | "rolled-back"): void {
    this.resync = reason;
    this.seq = (this.ranges.at(-1)?.from ?? 1) - 1;
  }
}
