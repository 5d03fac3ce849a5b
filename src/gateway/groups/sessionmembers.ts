import type { Since } from "../../protocol/frames/hello.ts";
import type { World } from "../ports.ts";
import type { Addressee, Connected } from "../session/addressee.ts";
import type { Clock } from "./groupclock.ts";
import type { GroupCourse, Seat } from "./groupcourse.ts";
import { SessionMember, type FollowRecord } from "./sessionmember.ts";
import { aheadIn, followedWords, isOfLog, spansOf } from "./followed.ts";
import { isMember, needsProof, stretchOf } from "./place.ts";
import { hasLostEnd, merged, withoutLost, type SeqRange } from "./spans.ts";

/** The user's actor is asked again so often what it follows … */
const ASK_EVERY_MS = 2_000;
/** … and behind so many tries so often: as long as nobody runs it. */
const TRIES_MAX = 30;
const ASK_SELDOM_MS = 30_000;
/** Sessions that are told in one turn of the loop which groups they follow: each of up to 500. */
const PER_TURN = 64;
/** Groups that one question names. */
const NAMED_MAX = 512;

interface Parts {
  readonly world: Pick<World, "epochOf" | "positionAt" | "follow" | "gatewayId">;
  readonly clock: Clock;
  readonly follow: (group: string) => GroupCourse;
  readonly reach: (course: GroupCourse, seq: number) => void;
  readonly serve: (seat: Seat) => void;
  readonly doubt: (course: GroupCourse) => void;
}

/** The sessions of this gateway as members of groups: what their users' actors say that they follow, and what their clients are told of it. */
export class Members {
  readonly #parts: Parts;
  readonly #members = new Map<Addressee, SessionMember>();
  /** By session, seats of which the client is told with the next `follows`. */
  readonly #announcing = new Map<Connected, Set<Seat>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get(on: Connected): SessionMember | undefined {
    return this.#members.get(on);
  }

  /** Sessions that follow such a group, have done so, or are to as soon as its generation is known. */
  of(isSuch: (group: string) => boolean): Connected[] {
    const all = [...this.#members.values()];
    return all.flatMap(({ on, seats, ahead }) =>
      [...seats.keys(), ...ahead].some(isSuch) ? [on] : [],
    );
  }

  /** The session has been welcomed; `since`: the cursors of groups that its hello named. */
  open(on: Connected, user: string, since: readonly Since[]): void {
    const member = new SessionMember(on, user, since);
    this.#members.set(on, member);
    // The word that comes with the opening has no ranges that ended.
    if (member.since.size > 0) this.#ask(member);
    else member.cancel = this.#parts.clock.after(ASK_EVERY_MS, () => this.#ask(member));
  }

  /** Its own mailbox has caught up, or was read behind a gap: what was missed may have told of groups. */
  caughtUp(on: Connected): void {
    const member = this.#members.get(on);
    if (member === undefined) return;
    const { waiting } = member;
    if (waiting === undefined)
      return this.#askAnew(member, [...member.seats.values()].filter(isMember));
    member.waiting = undefined;
    for (const record of [waiting.asked, waiting.any])
      if (record !== undefined) this.#take(member, record);
  }

  /** The user's actor says what the user follows. */
  told(on: Addressee | undefined, record: FollowRecord): void {
    const member = on && this.#members.get(on);
    if (member === undefined || !member.counts(record)) return;
    const { waiting } = member;
    if (waiting === undefined) this.#take(member, record);
    else member.waiting = record.asked ? { asked: record } : { ...waiting, any: record };
  }

  /** The session has ended. Returns its seats. */
  leave(on: Connected): Seat[] {
    const seats = [...(this.#members.get(on)?.seats.values() ?? [])];
    this.#members.delete(on);
    this.#announcing.delete(on);
    for (const seat of seats) seat.course.drop(seat);
    return seats;
  }

  /** The seat's client is told with the next `follows`, and is served behind it. */
  announce(seat: Seat): void {
    if (this.#announcing.size === 0) this.#parts.clock.turn(this.#announceAll);
    const seats = this.#announcing.get(seat.on) ?? new Set();
    this.#announcing.set(seat.on, seats.add(seat));
  }

  /** The group's head was looked at for sure: cursors beyond it are void. */
  judge(course: GroupCourse): void {
    for (const seat of Array.from(course.doubted)) this.begin(seat, true);
  }

  /** By group, heads of those that have moved since the last heartbeat; undefined: none. */
  moved(on: Connected): Record<string, number> | undefined {
    let heads: Record<string, number> | undefined;
    for (const seat of this.#members.get(on)?.seats.values() ?? []) {
      const { seq } = seat.course.cursor;
      if (seat.is !== "live" || !isMember(seat) || seq <= seat.ponged) continue;
      (heads ??= {})[seat.course.group] = seq;
      seat.ponged = seq;
    }
    return heads;
  }

  /** Asks what the user follows, and where that of these seats has ended, if it has. */
  #askAnew(member: SessionMember, seats: readonly Seat[]): void {
    for (const { course } of seats) member.doubts.add(course.group);
    member.meet();
    member.tries = 0;
    member.isAnswered = false;
    this.#ask(member);
  }

  #ask(member: SessionMember): void {
    const { world, clock } = this.#parts;
    member.cancel();
    if (member.on.session.is !== "live") return;
    const { gatewayId: gateway } = world;
    member.isLate = false;
    const ms = ++member.tries < TRIES_MAX ? ASK_EVERY_MS : ASK_SELDOM_MS;
    const groups = [...new Set([...member.doubts, ...member.since.keys()])].slice(0, NAMED_MAX);
    if (gateway !== undefined)
      world.follow({ user: member.user, session: member.on.key.sessionId, gateway, groups });
    member.cancel = clock.after(ms, () => this.#ask(member));
  }

  #take(member: SessionMember, record: FollowRecord): void {
    const isAsked = record.asked === true;
    const isWhole = isAsked || member.isToldAll;
    if (isWhole) {
      member.isAnswered = true;
      member.cancel();
    }
    const told = spansOf(record, this.#parts.world);
    member.ahead = aheadIn(record, this.#parts.world);
    for (const [group, spans] of told)
      // Ranges that have ended come with the answer to the question alone.
      if (isWhole || !member.since.has(group)) this.#place(member, group, spans);
    member.isToldAll = isWhole;
    this.#miss(member, told, isAsked);
    // By now the actor knows.
    if (!isWhole && member.isLate) this.#ask(member);
  }

  /** Groups that the actor says nothing of any more: where they have ended, it is asked. */
  #miss(member: SessionMember, told: ReadonlyMap<string, SeqRange[]>, isAsked: boolean): void {
    const toldOf = ({ course }: Seat): SeqRange[] => told.get(course.group) ?? [];
    const lost = [...member.seats.values()].filter(
      (seat) => isMember(seat) && hasLostEnd(seat.ranges, toldOf(seat)),
    );
    // Ends of earlier ranges are told of the groups that the question has named.
    const isSure = (seat: Seat): boolean =>
      isAsked && (member.doubts.has(seat.course.group) || toldOf(seat).length === 0);
    const unsure = lost.filter((seat) => !isSure(seat));
    // Not even now: they were never in, as far as the log goes.
    for (const seat of lost.filter(isSure)) {
      seat.ranges = withoutLost(seat.ranges, toldOf(seat));
      this.#parts.serve(seat);
    }
    if (isAsked) member.doubts.clear();
    if (unsure.length > 0) this.#askAnew(member, unsure);
  }

  #place(member: SessionMember, group: string, told: readonly SeqRange[]): void {
    if (told.length === 0) return;
    const { follow, reach, serve } = this.#parts;
    const known = member.seats.get(group) ?? member.take(follow(group));
    const isClaim = known.since !== undefined && !known.hasBegun;
    known.ranges = merged(known.ranges, told, (from) => !isClaim && !needsProof(known, { from }));
    const seat = known.is === "over" ? this.#again(member, known) : known;
    if (seat === undefined) return;
    reach(seat.course, Math.max(...told.map(({ from, upTo = from }) => upTo)));
    if (!seat.course.doubted.has(seat)) serve(seat);
  }

  /** The user is back in a group that the session had done with, if a range is left: its course may be another by now. */
  #again(member: SessionMember, before: Seat): Seat | undefined {
    if (stretchOf(before) === undefined) return undefined;
    const { seq, ranges, endedAt, proven, course } = before;
    const seat = member.take(this.#parts.follow(course.group));
    return Object.assign(seat, { seq, ranges, endedAt, proven, is: "held" as const });
  }

  /** Takes up the cursor that the client claims. `isSure`: the group's head was looked at for it. */
  begin(seat: Seat, isSure = false): void {
    const { course, since } = seat;
    course.drop(seat);
    course.seats.add(seat);
    const [first] = seat.ranges;
    if (!course.isKnown || first === undefined) return void course.later.add(seat);
    seat.is = "held";
    const fault = since && this.#faultOf(course, since);
    if (fault === "ahead" && !isSure) {
      course.doubted.add(seat);
      return this.#parts.doubt(course);
    }
    if (fault === undefined) seat.goOn();
    else seat.startOver(fault === "ahead" ? "rolled-back" : fault);
    this.#parts.serve(seat);
  }

  /** Why a cursor cannot be followed; `ahead`: it lies beyond the head that is known. */
  #faultOf(course: GroupCourse, since: Since): "epoch" | "rolled-back" | "ahead" | undefined {
    const { world } = this.#parts;
    if (since.epoch !== world.epochOf(course.group)) return "epoch";
    if (!isOfLog(course, since, world)) return "rolled-back";
    return since.seq > course.cursor.head ? "ahead" : undefined;
  }

  readonly #announceAll = (): void => {
    let left = PER_TURN;
    for (const [on, seats] of this.#announcing) {
      if (left-- === 0) return this.#parts.clock.turn(this.#announceAll);
      this.#announcing.delete(on);
      const mailboxes = [...seats].flatMap((seat) => followedWords(seat, this.#parts.world) ?? []);
      if (mailboxes.length > 0) on.signal(JSON.stringify({ t: "follows", mailboxes }));
      for (const seat of seats) this.#parts.serve(seat);
    }
  };
}
