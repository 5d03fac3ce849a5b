import { positionOf } from "../../events/position.ts";
import type { GroupRecord } from "../../protocol/internal/routes.ts";
import type { Coming, World } from "../ports.ts";
import { filled, filledTo, reaches, routed } from "../session/cursor.ts";
import type { Clock } from "./groupclock.ts";
import { GroupCourse, type Seat } from "./groupcourse.ts";
import type { Envelope } from "./endchain.ts";
import { envelopeOf, framedOf } from "./framedfacts.ts";
import { Framed, RingMemory } from "./ring.ts";
import { sayTo } from "./telling.ts";

/** Between two tries to fill a gap. */
const AGAIN_MS = 1_000;
/** A group that nobody here follows any more is followed for so long: somebody may come back. */
const LINGER_MS = 60_000;

interface Parts {
  readonly world: Pick<World, "attend" | "begin" | "positionAt" | "streamOf">;
  readonly clock: Clock;
  readonly coming: Coming;
  /** Asks for the group's head. */
  readonly ask: (course: GroupCourse) => void;
  readonly deal: (course: GroupCourse, fact: Framed) => void;
  readonly serve: (seat: Seat) => void;
  readonly failed: (error: unknown, words: string) => void;
}

/** The groups that this gateway follows: each by one subscription and one cursor, and read once where something was missed. */
export class Courses {
  readonly #parts: Parts;
  readonly #courses = new Map<string, GroupCourse>();
  readonly #memory = new RingMemory();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#courses.size;
  }

  all(): Iterable<GroupCourse> {
    return this.#courses.values();
  }

  get(group: string): GroupCourse | undefined {
    return this.#courses.get(group);
  }

  /** The course of a group, which begins with the first who follows it. */
  follow(group: string): GroupCourse {
    const { world, ask } = this.#parts;
    const known = this.#courses.get(group);
    if (known !== undefined) {
      // A head that could not be read is not asked for again while nobody is here.
      if (!known.isKnown && known.seats.size === 0) ask(known);
      return known;
    }
    const course = new GroupCourse(group, world.streamOf(group), this.#memory);
    this.#courses.set(group, course);
    course.off = world.attend(group, (record) => this.#hear(course, record));
    ask(course);
    return course;
  }

  /** The log's own word of how far the group has come. */
  learn(course: GroupCourse, head: Envelope): void {
    if (course.isKnown) return this.reach(course, head.seq);
    course.isKnown = true;
    course.ends.begin(head);
    course.ring.floor = head.seq;
    const known = { ...course.cursor, head: Math.max(course.cursor.head, head.seq) };
    [course.cursor] = filled(known, head.seq);
    void this.#fill(course);
    this.#serveLater(course);
  }

  /** The group is known to reach `seq`. */
  reach(course: GroupCourse, seq: number): void {
    const [cursor, move] = reaches(course.cursor, seq);
    course.cursor = cursor;
    if (move === "fill") void this.#fill(course);
  }

  /** Groups that nobody follows any more are given up by and by. */
  tidy(now: number): void {
    for (const course of this.#courses.values()) {
      if (course.seats.size > 0) course.emptyAt = undefined;
      else if (now - (course.emptyAt ??= now) > LINGER_MS) this.drop(course);
    }
  }

  drop(course: GroupCourse): void {
    course.off();
    this.#memory.forget(course.ring);
    this.#courses.delete(course.group);
  }

  #hear(course: GroupCourse, record: GroupRecord): void {
    if (record.kind === "typing") return typing(course, record.user);
    const { seq, prev, generation = 0 } = record;
    course.members = record.members;
    // Of a generation that this process does not know yet, or that is over: the log will say.
    if (positionOf(generation, seq) !== this.#parts.world.positionAt(course.group, seq)) return;
    const [cursor, move] = routed(course.cursor, seq, prev);
    course.cursor = cursor;
    if (move === "forward")
      this.#take(course, new Framed(seq, record.frame, record.ended), envelopeOf(record));
    else if (move === "fill") void this.#fill(course);
  }

  /** The next fact of the group. */
  #take(course: GroupCourse, fact: Framed, envelope: Envelope): void {
    course.ring.push(fact);
    course.ends.add(envelope);
    this.#parts.deal(course, fact);
  }

  /** Reads what was missed. Until that is done the cursor fills, and nothing else begins a reading. */
  async #fill(course: GroupCourse): Promise<void> {
    try {
      while (course.cursor.filling) await this.#fillOnce(course);
    } catch (error) {
      this.#parts.failed(error, "gap of a group not read; it is read again");
      this.#parts.clock.after(AGAIN_MS, () => {
        if (this.#courses.get(course.group) === course) void this.#fill(course);
      });
      return;
    }
    this.#serveLater(course);
  }

  async #fillOnce(course: GroupCourse): Promise<void> {
    const { world, coming } = this.#parts;
    const { seq, head } = course.cursor;
    const reading = world.begin(course.group, seq, coming);
    let prev = seq;
    try {
      for await (const { entries } of reading.pages(head))
        for (const entry of entries) {
          course.cursor = filledTo(course.cursor, entry.seq);
          this.#take(course, framedOf(entry, prev), envelopeOf(entry));
          prev = entry.seq;
        }
    } finally {
      reading.stop();
    }
    [course.cursor] = filled(course.cursor, head);
  }

  #serveLater(course: GroupCourse): void {
    for (const seat of Array.from(course.later)) this.#parts.serve(seat);
  }
}

/** Somebody types: those who are there are told, but for themselves. */
function typing({ group, live }: GroupCourse, user: string): void {
  for (const seat of live) if (seat.user !== user) sayTo(seat, { t: "typing", peer: group, user });
}
