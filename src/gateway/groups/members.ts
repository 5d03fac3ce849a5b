import { generationOf, SEQS, seqOf } from "../../events/position.ts";
import type { FollowedGroup } from "../../protocol/frames/group.ts";
import type { Since } from "../../protocol/frames/hello.ts";
import { isTrueOf, standsAt } from "../../rules/claim.ts";
import type { World } from "../ports.ts";
import type { Addressee, Connected } from "../session/parts.ts";
import type { Clock } from "./clock.ts";
import type { Course } from "./course.ts";
import { Member, type FollowRecord } from "./member.ts";
import { isMember, needsProof, stretchOf } from "./place.ts";
import { Seat } from "./seat.ts";
import { hasLostEnd, merged, type Span } from "./spans.ts";

/** The user's actor is asked again so often what it follows … */
const ASK_EVERY_MS = 2_000;
/** … and so many times in a row: with the next gap it is asked anew. */
const TRIES_MAX = 30;
/** Groups that one question names. */
const NAMED_MAX = 512;

interface Parts {
  readonly world: Pick<World, "epochOf" | "positionAt" | "follow" | "gatewayId">;
  readonly clock: Clock;
  readonly follow: (group: string) => Course;
  readonly reach: (course: Course, seq: number) => void;
  readonly serve: (seat: Seat) => void;
  readonly doubt: (course: Course) => void;
}

/** The sessions of this gateway as members of groups: what their users' actors say that they follow, and what their clients are told of it. */
export class Members {
  readonly #parts: Parts;
  readonly #members = new Map<Addressee, Member>();
  readonly #announcing = new Set<Member>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get(on: Connected): Member | undefined {
    return this.#members.get(on);
  }

  /** The session has been welcomed; `since`: the cursors of groups that its hello named. */
  open(on: Connected, user: string, since: readonly Since[]): void {
    const member = new Member(on, user, since);
    this.#members.set(on, member);
    // The word that comes with the opening has no ranges that ended.
    if (member.since.size > 0) this.#ask(member);
    else member.cancel = this.#parts.clock.after(ASK_EVERY_MS, () => this.#ask(member));
  }

  /** Its own mailbox has caught up, or was read behind a gap: what was missed may have told of groups. */
  caughtUp(on: Connected): void {
    const member = this.#members.get(on);
    if (member === undefined) return;
    if (member.isCaughtUp) {
      member.tries = 0;
      member.isAnswered = false;
      return this.#ask(member);
    }
    member.isCaughtUp = true;
    const { any, asked } = member.waiting;
    for (const record of [asked, any]) if (record !== undefined) this.#take(member, record);
  }

  /** The user's actor says what the user follows. */
  told(on: Addressee, record: FollowRecord): void {
    const member = this.#members.get(on);
    if (member === undefined) return;
    const kind = record.asked === true ? "asked" : "any";
    if (member.isCaughtUp) return this.#take(member, record);
    if (record.seq >= (member.waiting[kind]?.seq ?? 0)) member.waiting[kind] = record;
  }

  leave(on: Connected): Member | undefined {
    const member = this.#members.get(on);
    if (member === undefined) return undefined;
    this.#members.delete(on);
    member.cancel();
    for (const seat of member.seats.values()) {
      seat.is = "over";
      seat.course.drop(seat);
    }
    return member;
  }

  /** The seat's client is told with the next `follows`, and is served behind it. */
  announce(seat: Seat): void {
    const member = this.#members.get(seat.on);
    if (member === undefined) return;
    member.announced.add(seat);
    if (this.#announcing.size === 0) this.#parts.clock.turn(this.#announceAll);
    this.#announcing.add(member);
  }

  /** The group's head was looked at for sure: cursors beyond it are void. */
  judge(course: Course): void {
    for (const seat of [...course.doubted]) {
      course.doubted.delete(seat);
      if (seat.isWanted) this.begin(seat, true);
    }
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

  #ask(member: Member): void {
    const { world, clock } = this.#parts;
    member.cancel();
    const { gatewayId: gateway } = world;
    if (member.on.session.is !== "live" || member.isAnswered || member.tries >= TRIES_MAX) return;
    member.tries++;
    const groups = [...new Set([...member.since.keys(), ...member.doubts])].slice(0, NAMED_MAX);
    if (gateway !== undefined)
      world.follow({ user: member.user, session: member.on.key.sessionId, gateway, groups });
    member.cancel = clock.after(ASK_EVERY_MS, () => this.#ask(member));
  }

  #take(member: Member, record: FollowRecord): void {
    // An older word that has come late.
    if (record.seq < member.toldAt) return;
    member.toldAt = record.seq;
    const isAsked = record.asked === true;
    const isWhole = isAsked || member.since.size === 0;
    if (isWhole) {
      member.isAnswered = true;
      member.cancel();
    }
    const told = this.#spansOf(record);
    for (const [group, spans] of told)
      // Ranges that have ended come with the answer to the question alone.
      if (isWhole || !member.since.has(group)) this.#place(member, group, spans);
    if (isAsked) member.since.clear();
    this.#miss(member, told, isAsked);
  }

  /** Groups that the actor says nothing of any more: where they have ended, it is asked. */
  #miss(member: Member, told: ReadonlyMap<string, readonly Span[]>, isAsked: boolean): void {
    const lost = [...member.seats.values()].filter(
      (seat) =>
        seat.is !== "over" &&
        isMember(seat) &&
        hasLostEnd(seat.ranges, told.get(seat.course.group) ?? []),
    );
    if (isAsked) {
      member.doubts.clear();
      // Not even now: they were never in, as far as the log goes.
      for (const seat of lost) {
        seat.ranges = seat.ranges.filter(({ upTo }) => upTo !== undefined);
        this.#parts.serve(seat);
      }
      return;
    }
    if (lost.length === 0) return;
    for (const { course } of lost) member.doubts.add(course.group);
    member.isAnswered = false;
    member.tries = 0;
    this.#ask(member);
  }

  /** The ranges by group. One whose begin was taken by a roll-back is followed by nobody. */
  #spansOf({ ranges }: FollowRecord): Map<string, Span[]> {
    const { world } = this.#parts;
    const spans = new Map<string, Span[]>();
    for (const { group, from, upTo } of ranges) {
      const seq = seqOf(from);
      const known = spans.get(group) ?? [];
      spans.set(group, known);
      if (world.positionAt(group, seq) !== from) continue;
      known.push(upTo === undefined ? { from: seq } : { from: seq, upTo: seqOf(upTo) });
    }
    return spans;
  }

  #place(member: Member, group: string, told: readonly Span[]): void {
    const { follow, reach, serve } = this.#parts;
    let seat = member.seats.get(group);
    if (seat === undefined) {
      if (told.length === 0) return;
      seat = new Seat(member.on, member.user, follow(group));
      member.seats.set(group, seat);
      seat.since = member.since.get(group);
      member.since.delete(group);
    }
    const { proven, seq } = seat;
    seat.ranges = merged(seat.ranges, told, (from) => from === proven || seq < from);
    const last = seat.ranges.at(-1);
    if (last === undefined) return;
    if (seat.course.isKnown) reach(seat.course, last.upTo ?? last.from);
    if (seat.is === "new") return this.begin(seat);
    if (seat.is === "over") this.#again(member, seat);
    else if (!seat.course.doubted.has(seat)) serve(seat);
  }

  /** The user is back in a group that the session had done with, if a range is left: its course may be another by now. */
  #again(member: Member, { seq, ranges, endedAt, proven, course }: Seat): void {
    const seat = new Seat(member.on, member.user, this.#parts.follow(course.group));
    Object.assign(seat, { seq, ranges, endedAt, proven, is: "held" });
    if (stretchOf(seat) === undefined) return;
    member.seats.set(course.group, seat);
    this.#parts.serve(seat);
  }

  /** Takes up the cursor that the client claims. `isSure`: the group's head was looked at for it. */
  begin(seat: Seat, isSure = false): void {
    const { course, since } = seat;
    course.seats.add(seat);
    const [first] = seat.ranges;
    if (!course.isKnown || first === undefined) return void course.later.add(seat);
    if (since === undefined) seat.seq = Math.max(seat.seq, first.from - 1);
    else if (since.epoch !== this.#parts.world.epochOf(course.group)) seat.resync = "epoch";
    else if (!this.#isOfLog(course, since)) seat.resync = "rolled-back";
    else if (since.seq <= course.cursor.head) seat.seq = since.seq;
    else if (isSure) seat.resync = "rolled-back";
    else {
      seat.is = "held";
      course.doubted.add(seat);
      return this.#parts.doubt(course);
    }
    if (seat.resync !== undefined) seat.seq = (seat.ranges.at(-1) ?? first).from - 1;
    seat.since = undefined;
    seat.is = "held";
    this.#parts.serve(seat);
  }

  /** Is the cursor of the log, as far as its marks tell? Nothing is read for it. */
  #isOfLog({ group }: Course, since: Since): boolean {
    const generation = generationOf(this.#parts.world.positionAt(group, standsAt(since)));
    return since.seq === 0 || isTrueOf(since, { generation, entry: undefined });
  }

  readonly #announceAll = (): void => {
    for (const member of this.#announcing) {
      this.#announcing.delete(member);
      const seats = [...member.announced].filter((seat) => seat.isWanted && !seat.isTold);
      member.announced.clear();
      const mailboxes = seats.flatMap((seat) => this.#followed(seat) ?? []);
      if (mailboxes.length > 0) member.on.signal(JSON.stringify({ t: "follows", mailboxes }));
      for (const seat of seats) this.#parts.serve(seat);
    }
  };

  /** The words of the seat in `follows`. */
  #followed(seat: Seat): FollowedGroup | undefined {
    const { world } = this.#parts;
    const { course } = seat;
    const stretch = stretchOf(seat);
    const last = seat.ranges.at(-1);
    if (stretch === undefined || last === undefined || needsProof(seat, stretch)) return undefined;
    seat.isTold = true;
    if (seat.seq < stretch.from) {
      seat.seq = stretch.from - 1;
      seat.proven = stretch.from;
    }
    const head = last.upTo ?? Math.max(last.from, course.cursor.seq);
    seat.isCatchingUp = seat.resync === undefined && seat.seq < head;
    const generation = generationOf(world.positionAt(course.group, SEQS - 1));
    return {
      mailbox: course.group,
      epoch: world.epochOf(course.group),
      seq: seat.seq,
      head,
      ...(generation > 0 && { generation }),
    };
  }
}
