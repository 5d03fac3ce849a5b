import type { World } from "../ports.ts";
import type { Clock } from "./groupclock.ts";
import type { GroupCourse } from "./groupcourse.ts";
import type { Envelope } from "./endchain.ts";

/** Groups whose heads are asked for in one question: the answer has an entry of up to 75 KB for each. */
const GROUPS_AT_ONCE = 512;
/** Between two tries. */
const AGAIN_MS = 1_000;
/** Own entries of this gateway in one stream: cursors beyond the head are cheap to forge. */
const TICK_EVERY_MS = 3_000;

interface Parts {
  readonly world: Pick<World, "groupHeads" | "gather" | "gatewayId">;
  readonly clock: Clock;
  /** How far the owner of the stream has said that it is. */
  readonly beaten: (k: number) => number;
  readonly learn: (course: GroupCourse, head: Envelope) => void;
  /** The group's head was asked for behind an own entry: cursors beyond it are void. */
  readonly judge: (course: GroupCourse) => void;
  readonly failed: (error: unknown, words: string) => void;
}

/** Heads of groups: asked for many at a time, stream by stream, so that none waits for another that is away. */
export class GroupHeads {
  readonly #parts: Parts;
  /** By stream, the groups whose heads are to be asked for. */
  readonly #wanted = new Map<number, Set<GroupCourse>>();
  readonly #asking = new Set<number>();
  /** By stream, when an own entry was last stored for a doubt; ms of the monotonic clock. */
  readonly #tickedAt = new Map<number, number>();
  /** By stream, the groups that are looked at next. */
  readonly #doubted = new Map<number, Set<GroupCourse>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  ask(course: GroupCourse): void {
    const wanted = this.#wanted.get(course.k) ?? new Set();
    this.#wanted.set(course.k, wanted.add(course));
    if (this.#asking.has(course.k)) return;
    this.#asking.add(course.k);
    this.#parts.clock.turn(() => void this.#askAll(course.k, wanted));
  }

  /** A cursor lies beyond the group's head: that is looked at again, behind an entry of this gateway's. */
  doubt(course: GroupCourse): void {
    const { clock } = this.#parts;
    const { k } = course;
    const doubted = this.#doubted.get(k);
    if (doubted !== undefined) return void doubted.add(course);
    const first = new Set([course]);
    this.#doubted.set(k, first);
    const since = clock.now() - (this.#tickedAt.get(k) ?? Number.NEGATIVE_INFINITY);
    clock.after(Math.max(0, TICK_EVERY_MS - since), () => void this.#look(course, first));
  }

  /** Stores an entry of this gateway's in the group's mailbox; its seq says how far to look. */
  tick({ group }: Pick<GroupCourse, "group">): Promise<number> {
    const { world } = this.#parts;
    const gateway = world.gatewayId ?? "none";
    return world.gather(group, { type: "ReceiptsGathered", gateway, delivered: [], read: [] });
  }

  async #askAll(k: number, wanted: Set<GroupCourse>): Promise<void> {
    let asked: readonly GroupCourse[] = [];
    try {
      while (wanted.size > 0) {
        asked = [...wanted].slice(0, GROUPS_AT_ONCE);
        for (const course of asked) wanted.delete(course);
        asked = await this.#askFor(k, asked, this.#parts.beaten(k));
        if (asked.length > 0) throw new Error("the log has nothing of a group");
      }
    } catch (error) {
      this.#parts.failed(error, "heads of groups not read; they are read again");
      for (const course of asked) if (course.seats.size > 0) wanted.add(course);
    } finally {
      this.#asking.delete(k);
    }
    const [left] = wanted;
    if (left !== undefined) this.#parts.clock.after(AGAIN_MS, () => this.ask(left));
  }

  /** Asks for some heads; returns the groups that the log has nothing of yet, though somebody follows them. @throws Error where it does not answer */
  async #askFor(
    k: number,
    courses: readonly GroupCourse[],
    atLeast: number,
  ): Promise<GroupCourse[]> {
    const groups = courses.map(({ group }) => group);
    const heads = await this.#parts.world.groupHeads(k, groups, atLeast);
    return courses.filter((course) => {
      const head = heads.get(course.group);
      if (head !== undefined) this.#parts.learn(course, head);
      return head === undefined && course.seats.size > 0;
    });
  }

  async #look(first: GroupCourse, courses: ReadonlySet<GroupCourse>): Promise<void> {
    const { clock, failed, judge } = this.#parts;
    const { k } = first;
    this.#doubted.delete(k);
    this.#tickedAt.set(k, clock.now());
    try {
      const seq = await this.tick(first);
      const left = new Set(await this.#askFor(k, [...courses], seq));
      for (const course of courses) if (!left.has(course)) judge(course);
    } catch (error) {
      failed(error, "a cursor beyond its group not looked at; it is again");
    }
    for (const course of courses) if (course.doubted.size > 0) this.doubt(course);
  }
}
