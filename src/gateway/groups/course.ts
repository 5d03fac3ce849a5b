import type { Shared } from "../socket/wire.ts";
import type { Cursor } from "../session/cursor.ts";
import { Ends } from "./ends.ts";
import { Ring, type Framed, type RingMemory } from "./ring.ts";
import type { Seat } from "./seat.ts";

/** A round in which facts go to all live sessions, some of them per turn of the loop. */
export interface Round {
  readonly facts: readonly Framed[];
  readonly seats: readonly Seat[];
  /** So many of them have had their turn. */
  done: number;
  /** The facts in one piece of memory. */
  readonly shared: Shared;
  /** The seq of the last one. */
  readonly last: number;
  /** It ends nobody's membership. */
  readonly isPlain: boolean;
}

/** Course: one group as this gateway follows it, once for all of its sessions. Changed in place. */
export class Course {
  readonly group: string;
  /** The number of its stream. */
  readonly k: number;
  readonly ring: Ring;
  readonly ends = new Ends();
  /** Until the head is known nothing is live. */
  cursor: Cursor = { seq: 0, head: 0, filling: true };
  isKnown = false;
  /** Present members, as the group's host said last; 0: no receipts of members there. */
  members: number | undefined;
  /** Everybody who is not over. */
  readonly seats = new Set<Seat>();
  readonly live = new Set<Seat>();
  /** Those who wait for a reading … */
  readonly behind = new Set<Seat>();
  /** … until the group's head is known, or has come as far as they are … */
  readonly later = new Set<Seat>();
  /** … or for a proof that nothing has ended their membership. */
  readonly unproven = new Set<Seat>();
  /** Those whose cursors lie beyond the head: it is looked at again. */
  readonly doubted = new Set<Seat>();
  /** Under way: reading for those behind, filling a gap, walking back. */
  isReading = false;
  isFilling = false;
  isWalking = false;
  /** Facts that are to go to the live ones. */
  queue: Framed[] = [];
  round: Round | undefined;
  /** Nobody has been here since then; ms of the monotonic clock. */
  emptyAt: number | undefined;
  off: () => void = () => undefined;

  constructor(group: string, k: number, memory: RingMemory) {
    this.group = group;
    this.k = k;
    this.ring = new Ring(memory, 0);
  }

  drop(seat: Seat): void {
    for (const set of [
      this.seats,
      this.live,
      this.behind,
      this.later,
      this.unproven,
      this.doubted,
    ])
      set.delete(seat);
  }
}
