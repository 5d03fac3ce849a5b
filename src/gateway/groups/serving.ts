import type { Coming, World } from "../ports.ts";
import type { Clock } from "./groupclock.ts";
import type { ResyncReason } from "../session/session.ts";
import type { GroupCourse, Seat } from "./groupcourse.ts";
import { framedOf } from "./framedfacts.ts";
import { Fanout } from "./fanout.ts";
import { needsProof, pass, stretchOf } from "./place.ts";
import { Proofs } from "./proofs.ts";
import { ENTRIES_MAX, Portions } from "./portions.ts";
import type { Framed } from "./ring.ts";
import type { SeqRange } from "./spans.ts";
import { endSeat, sayTo, share, tell } from "./telling.ts";

/** Those who come at the same moment are read for together. */
const GATHER_MS = 5;
/** Between two tries to read for those behind. */
const AGAIN_MS = 1_000;
/** Characters that a session is told from the ring at a time. */
const PORTION_CHARS = 64 * 1024;
/** How often a slow reader is looked at, while facts wait for it. */
const ROOM_MS = 20;

export interface ServingParts {
  readonly world: Pick<World, "begin" | "groupFacts" | "epochOf" | "positionAt">;
  readonly clock: Clock;
  readonly queueBytes: number;
  readonly coming: Coming;
  /** The session's client may be told that it follows the group. */
  readonly announce: (seat: Seat) => void;
  /** The group has to be read as far as this. */
  readonly reach: (course: GroupCourse, seq: number) => void;
  readonly failed: (error: unknown, words: string) => void;
}

/** Serves sessions until they are live: from the ring, or from the log, which is read once for all who are behind. */
export class GroupServing {
  readonly #parts: ServingParts;
  readonly #fanout: Fanout;
  readonly #proofs: Proofs;
  readonly #portions = new Portions();

  constructor(parts: ServingParts) {
    this.#parts = parts;
    const serve = (seat: Seat): void => this.serve(seat);
    this.#proofs = new Proofs({ ...parts, serve });
    this.#fanout = new Fanout({
      clock: parts.clock,
      pass: (seat, facts) => this.#pass(seat, facts),
      share: (seat, facts) => share(seat, facts, parts.queueBytes),
      serve,
    });
  }

  /** A fact that the group's cursor has come to. */
  deal(course: GroupCourse, fact: Framed): void {
    this.#fanout.put(course, fact);
  }

  /** Serves a session as far as that can be done now. Check and join happen in one turn of the loop. */
  serve(seat: Seat): void {
    const { course } = seat;
    course.drop(seat);
    if (!seat.isWanted) return;
    course.seats.add(seat);
    seat.is = "held";
    for (;;) {
      const stretch = stretchOf(seat);
      if (stretch === undefined) return endSeat(seat);
      if (!this.#isReady(seat, stretch)) return;
      if (seat.resync === undefined && !this.#advance(seat, stretch)) return;
    }
  }

  /** May it be told of facts? If not, it is served again when it may. */
  #isReady(seat: Seat, stretch: SeqRange): boolean {
    const { course } = seat;
    if (!course.isKnown) course.later.add(seat);
    else if (needsProof(seat, stretch)) this.#proofs.ask(seat, stretch.from);
    else if (!seat.isTold) this.#parts.announce(seat);
    else return seat.resync === undefined || this.#resync(seat, seat.resync, stretch);
    return false;
  }

  /** Tells it of the next facts, as far as they are at hand. False: it is live, or waits. */
  #advance(seat: Seat, stretch: SeqRange): boolean {
    const { course } = seat;
    const end = course.cursor.seq;
    const at = Math.max(seat.seq, stretch.from - 1);
    if (at >= end) this.#join(seat, stretch);
    else if (!course.ring.covers(at)) this.#wait(seat, at);
    else if (this.#isFull(seat)) this.#rest(seat);
    else if (!this.#portions.admits(seat, course.ring.behind(at), 0)) seat.resync = "too-long";
    else {
      const facts = course.ring.behind(at, PORTION_CHARS);
      tell(seat, pass(seat, facts, facts.at(-1)?.seq ?? end), this.#parts.queueBytes);
      return seat.isWanted;
    }
    return seat.resync !== undefined;
  }

  /** It has met the group's cursor. */
  #join(seat: Seat, { from, upTo }: SeqRange): void {
    const { course } = seat;
    seat.is = "live";
    course.live.add(seat);
    // The group is being read as far as its user's actor has told: the rest comes.
    if ((upTo ?? from) > course.cursor.seq) return;
    if (seat.isCatchingUp) sayTo(seat, { t: "caughtUp", mailbox: course.group, seq: seat.seq });
    seat.isCatchingUp = false;
  }

  /** Live facts, or those of a page, that somebody is to get who needs a closer look. */
  #pass(seat: Seat, facts: readonly Framed[]): void {
    tell(seat, pass(seat, facts, facts.at(-1)?.seq ?? seat.seq), this.#parts.queueBytes);
    const isCatchingUp = seat.is === "live" && seat.isCatchingUp;
    if (isCatchingUp || stretchOf(seat) === undefined) this.serve(seat);
  }

  /** Sends the client to the views, and goes on from the last event that is for it. False: not yet. */
  #resync(seat: Seat, reason: ResyncReason, stretch: SeqRange): boolean {
    const { course } = seat;
    const last = seat.ranges.at(-1) ?? stretch;
    const seq = last.upTo ?? this.#endOf(seat, last.from);
    if (seq === undefined) return false;
    const epoch = this.#parts.world.epochOf(course.group);
    sayTo(seat, { t: "resync", mailbox: course.group, epoch, seq, reason });
    seat.resync = undefined;
    seat.isCatchingUp = false;
    // The event at `seq` comes all the same: the client's next cursor stands on it.
    seat.seq = seq - 1;
    return true;
  }

  /** The last event of an open range: where the group has ended it, or its cursor. undefined: that is not known yet. */
  #endOf(seat: Seat, from: number): number | undefined {
    const { course, user } = seat;
    if (course.cursor.seq < from) {
      course.later.add(seat);
      return undefined;
    }
    if (!course.ends.reaches(from)) {
      this.#proofs.ask(seat, from);
      return undefined;
    }
    return course.ends.of(user, from, course.cursor.seq) || course.cursor.seq;
  }

  #wait(seat: Seat, at: number): void {
    const { course } = seat;
    course.behind.set(seat, at);
    if (course.isReading) return;
    course.isReading = true;
    this.#parts.clock.after(GATHER_MS, () => void this.#read(course));
  }

  async #read(course: GroupCourse): Promise<void> {
    try {
      while (course.behind.size > 0) await this.#readOnce(course);
    } catch (error) {
      this.#parts.failed(error, "group not read; it is read again");
      this.#parts.clock.after(AGAIN_MS, () => {
        for (const seat of Array.from(course.behind.keys())) this.serve(seat);
      });
    } finally {
      course.isReading = false;
    }
  }

  /** Reads once for all who are behind now, from the one on who is behind the most. */
  async #readOnce(course: GroupCourse): Promise<void> {
    const { world, coming } = this.#parts;
    let rest = [...course.behind.keys()];
    const upTo = course.cursor.seq;
    const after = Math.min(...course.behind.values());
    const reading = world.begin(course.group, after, coming);
    let read: Framed[] = [];
    try {
      let prev = after;
      for await (const { entries, pending } of reading.pages(upTo)) {
        const facts = entries.map((entry) => {
          const fact = framedOf(entry, prev);
          prev = entry.seq;
          return fact;
        });
        read = [...read, ...facts].slice(-ENTRIES_MAX);
        rest = rest.filter((seat) => this.#page(seat, facts, pending));
        if (rest.length === 0) break;
      }
      if (rest.length > 0) course.ring.prepend(read, after, upTo);
    } finally {
      reading.stop();
    }
    for (const seat of rest) {
      // All that lies up to there has come.
      tell(seat, pass(seat, [], upTo), this.#parts.queueBytes);
      this.serve(seat);
    }
  }

  /** Hands a page to one of those behind. False: it waits for this reading no more. */
  #page(seat: Seat, facts: readonly Framed[], pending: number): boolean {
    if (!this.#portions.admits(seat, facts, pending)) {
      seat.resync = "too-long";
      this.serve(seat);
    } else if (this.#isFull(seat)) this.#rest(seat);
    else this.#pass(seat, facts);
    return seat.course.behind.has(seat);
  }

  /** Does so much wait for the client that it is to read first? */
  #isFull = ({ on }: Seat): boolean => on.wire.backlog > this.#parts.queueBytes / 4;

  /** A slow reader comes back for the rest when it has read: it holds nobody else. */
  #rest(seat: Seat): void {
    seat.course.behind.delete(seat);
    this.#parts.clock.after(ROOM_MS, () => this.serve(seat));
  }
}
