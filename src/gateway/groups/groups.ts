import type { Seat } from "./groupcourse.ts";
import type { Since } from "../../protocol/frames/hello.ts";
import type { Moved } from "../../protocol/internal/routes.ts";
import type { Coming, World } from "../ports.ts";
import type { Addressee, Connected } from "../session/addressee.ts";
import type { Clock } from "./groupclock.ts";
import { Courses } from "./courses.ts";
import type { Envelope } from "./endchain.ts";
import { Gathering } from "./receiptgathering.ts";
import { GroupHeads } from "./heads.ts";
import type { FollowRecord } from "./sessionmember.ts";
import { Members } from "./sessionmembers.ts";
import { OwnReads } from "./ownreads.ts";
import { isMember } from "./place.ts";
import { GroupServing } from "./serving.ts";

/** The hosts of groups forget within 30 s who follows there. */
const AUDIENCE_EVERY_MS = 10_000;
/** Groups that one word names. */
const NAMED_MAX = 1_024;

export interface GroupsParts {
  readonly world: Pick<
    World,
    | "attend"
    | "audience"
    | "begin"
    | "epochOf"
    | "follow"
    | "gather"
    | "gatewayId"
    | "groupFacts"
    | "groupHeads"
    | "positionAt"
    | "receipt"
    | "streamOf"
  >;
  readonly clock: Clock;
  readonly queueBytes: number;
  readonly coming: Coming;
  /** How far the owner of a stream has said that it is. */
  readonly beaten: (k: number) => number;
  readonly confirms: (owner: string) => boolean;
  readonly stored: (owner: string, seq: number) => void;
  readonly failed: (error: unknown, words: string) => void;
}

/** Groups: what this gateway does for those of its sessions whose users are in some (docs/adr/0062). */
export class Groups {
  readonly #parts: GroupsParts;
  readonly #courses: Courses;
  readonly #members: Members;
  readonly #heads: GroupHeads;
  readonly #gathering: Gathering;
  readonly #reads: OwnReads;
  #saidAt = Number.NEGATIVE_INFINITY;
  /** Groups that no host has heard of from here. */
  readonly #unsaid = new Set<string>();

  constructor(parts: GroupsParts) {
    this.#parts = parts;
    const { world, clock, failed } = parts;
    const serving = new GroupServing({
      ...parts,
      announce: (seat) => this.#members.announce(seat),
      reach: (course, seq) => this.#courses.reach(course, seq),
    });
    const serve = (seat: Seat): void =>
      seat.is === "new" ? this.#members.begin(seat) : serving.serve(seat);
    this.#heads = new GroupHeads({
      ...parts,
      learn: (course, head) => this.#courses.learn(course, head),
      judge: (course) => this.#members.judge(course),
    });
    this.#courses = new Courses({
      ...parts,
      ask: (course) => this.#heads.ask(course),
      deal: (course, fact) => serving.deal(course, fact),
      serve,
    });
    this.#members = new Members({
      world,
      clock,
      follow: (group) => this.#follow(group),
      reach: (course, seq) => this.#courses.reach(course, seq),
      serve,
      doubt: (course) => this.#heads.doubt(course),
    });
    this.#reads = new OwnReads({ world, clock, failed });
    this.#gathering = new Gathering({ ...parts, reads: this.#reads });
  }

  /** Groups that are followed. */
  get size(): number {
    return this.#courses.size;
  }

  /** A session has been welcomed. */
  open(on: Connected, user: string, since: readonly Since[]): void {
    this.#members.open(on, user, since);
  }

  /** A session has caught up with its own mailbox, at the begin or behind a gap. */
  caughtUp(on: Connected): void {
    this.#members.caughtUp(on);
  }

  /** The actor of the session's user says what the user follows. */
  told(on: Addressee | undefined, record: FollowRecord): void {
    this.#members.told(on, record);
  }

  /** The session has ended. Reads are stated before its end is. */
  leave(on: Connected): void {
    for (const seat of this.#members.leave(on)) void this.#finish(seat);
  }

  /** Is the user of the session in the group? undefined: that is not known yet. */
  standing(on: Connected, group: string): boolean | undefined {
    const member = this.#members.get(on);
    const seat = member?.seats.get(group);
    if (seat !== undefined) return seat.course.isKnown ? isMember(seat) : undefined;
    return member?.isAnswered === true ? false : undefined;
  }

  /** A device of the session's user has received or read so far. */
  claim(on: Connected, group: string, upTo: number, isRead: boolean): void {
    const seat = this.#members.get(on)?.seats.get(group);
    if (seat !== undefined) this.#gathering.claim(seat, upTo, isRead);
  }

  /** By group, the heads that a heartbeat names. */
  moved(on: Connected): Record<string, number> | undefined {
    return this.#members.moved(on);
  }

  /** Hosts say which groups have moved. */
  heard(moved: readonly Moved[]): void {
    for (const { group, seq } of moved) {
      const course = this.#courses.get(group);
      if (course !== undefined) this.#courses.reach(course, seq);
    }
  }

  /** The groups that are followed in stream `k`. */
  of(k: number): string[] {
    return [...this.#courses.all()].filter((each) => each.k === k).map(({ group }) => group);
  }

  /** The log says how far a group has come. */
  learn(group: string, head: Envelope): void {
    const course = this.#courses.get(group);
    if (course !== undefined) this.#courses.learn(course, head);
  }

  /** Stores an entry of the gateway's own in a group's mailbox. */
  tick(group: string): Promise<number> {
    return this.#heads.tick({ group });
  }

  /**
   * Sessions that follow a group of which this holds, or have done so: its log has begun a generation, which may have taken the end of a
   * membership, too. Nothing is known of these groups any more.
   */
  beginAnew(isOfStream: (group: string) => boolean): Connected[] {
    this.#gathering.forget();
    for (const course of Array.from(this.#courses.all()))
      if (isOfStream(course.group)) this.#courses.drop(course);
    return this.#members.of(isOfStream);
  }

  /** Due several times a second. */
  look(): void {
    const now = this.#parts.clock.now();
    this.#courses.tidy(now);
    if (now - this.#saidAt < AUDIENCE_EVERY_MS) return this.#sayTo(this.#unsaid);
    this.#saidAt = now;
    this.#sayTo([...this.#courses.all()].map(({ group }) => group));
  }

  #follow(group: string) {
    if (this.#courses.get(group) === undefined) this.#unsaid.add(group);
    return this.#courses.follow(group);
  }

  /** Tells the groups' hosts that they are followed here. */
  #sayTo(groups: Iterable<string>): void {
    const { gatewayId: gateway } = this.#parts.world;
    const all = [...groups];
    this.#unsaid.clear();
    if (gateway === undefined) return;
    for (let i = 0; i < all.length; i += NAMED_MAX)
      this.#parts.world.audience({ gateway, groups: all.slice(i, i + NAMED_MAX) });
  }

  async #finish(seat: Seat): Promise<void> {
    seat.on.begun();
    try {
      await this.#gathering.settle(seat);
      await this.#reads.state(seat);
    } finally {
      seat.on.done();
    }
  }
}
