import { GROUP_SIZE_MAX } from "../../events/limits.ts";
import { generationOf, SEQS } from "../../events/position.ts";
import type { Tick } from "../../events/tick.ts";
import type { World } from "../ports.ts";
import { Marks } from "../session/marks.ts";
import type { Clock } from "./groupclock.ts";
import type { GroupCourse, Seat } from "./groupcourse.ts";
import type { OwnReads } from "./ownreads.ts";

/** The first receipts of a group wait so long for others. */
const FIRST_MS = 50;
/** Between two gathered entries of one group: so much for each member, so receipts cost the same whatever its size. */
const PER_MEMBER_MS = 5;
/** A claim beyond what is known of the group waits so long for the group to be known. */
const PATIENCE_MS = 10_000;
/** Between two looks whether it is, and two tries to store. */
const AGAIN_MS = 1_000;
/** Claims that cannot be stored for so long are dropped where nobody follows the group any more: those who come back say them anew. */
const LASTING_MS = 60_000;

interface Claim {
  readonly delivered: number;
  readonly read: number;
  /** The seat that has claimed it last. */
  readonly seat: Seat;
}

/** The claims of one group that are not stored yet, by user. */
interface Gathered {
  claims: Map<string, Claim>;
  readonly since: number;
  /** Takes its turn back. */
  cancel: () => void;
  storing: Promise<void> | undefined;
}

interface Parts {
  readonly world: Pick<World, "gather" | "positionAt" | "gatewayId">;
  readonly clock: Clock;
  /** Is it known that nothing of the group was missed? */
  readonly confirms: (group: string) => boolean;
  readonly stored: (group: string, seq: number) => void;
  readonly reads: Pick<OwnReads, "stored">;
  readonly failed: (error: unknown, words: string) => void;
}

/** Receipts of this gateway's users, group by group: many become one entry of the group's mailbox. */
export class Gathering {
  readonly #parts: Parts;
  readonly #groups = new Map<GroupCourse, Gathered>();
  readonly #storedAt = new WeakMap<GroupCourse, number>();
  /** How far each user was stored to have come, whatever the device. */
  readonly #marks = new Marks();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#groups.size;
  }

  /** A device says that everything up to a position has come, or was read. */
  claim(seat: Seat, upTo: number, isRead: boolean): void {
    const { course, user, ranges } = seat;
    const begin = ranges.at(-1)?.from;
    // Nothing before the user came in is theirs.
    if (begin === undefined || upTo < this.#positionAt(course, begin)) return;
    if (course.members === 0) {
      if (isRead) this.#parts.reads.stored(seat, this.#cut(course, upTo));
      return;
    }
    const { claims } = this.#of(course);
    const known = claims.get(user) ?? { delivered: upTo, read: 0 };
    const delivered = Math.max(upTo, known.delivered);
    claims.set(user, { delivered, read: isRead ? Math.max(upTo, known.read) : known.read, seat });
  }

  /** Stores now what has gathered of the seat's group, if its user has read some of that. Resolves when it is stored, or is not for now. */
  async settle({ course, user }: Seat): Promise<void> {
    const gathered = this.#groups.get(course);
    const read = gathered?.claims.get(user)?.read ?? 0;
    if (gathered !== undefined && read > 0) await this.#flush(course, gathered);
  }

  /** The log has begun a generation: what was stored may not be there any more. */
  forget(): void {
    this.#marks.forget();
  }

  #of(course: GroupCourse): Gathered {
    const known = this.#groups.get(course);
    if (known !== undefined) return known;
    const now = this.#parts.clock.now();
    const gathered: Gathered = {
      claims: new Map(),
      since: now,
      cancel: () => undefined,
      storing: undefined,
    };
    this.#groups.set(course, gathered);
    const next = (this.#storedAt.get(course) ?? Number.NEGATIVE_INFINITY) + paceOf(course);
    this.#wait(course, gathered, Math.max(FIRST_MS, next - now));
    return gathered;
  }

  #wait(course: GroupCourse, gathered: Gathered, ms: number): void {
    gathered.cancel = this.#parts.clock.after(ms, () => void this.#flush(course, gathered));
  }

  #flush(course: GroupCourse, gathered: Gathered): Promise<void> {
    gathered.cancel();
    return (gathered.storing ??= this.#store(course, gathered).finally(() => {
      gathered.storing = undefined;
    }));
  }

  async #store(course: GroupCourse, gathered: Gathered): Promise<void> {
    const { world, clock, failed, stored } = this.#parts;
    const now = clock.now();
    if (this.#isAhead(course, gathered) && now - gathered.since < PATIENCE_MS)
      return this.#wait(course, gathered, AGAIN_MS);
    const claims = this.#news(course, gathered.claims, now);
    if (claims.size === 0) return void this.#groups.delete(course);
    const remembers = [...claims].map(
      ([user, claim]) => [claim, this.#marks.storing(keyOf(user, course))] as const,
    );
    try {
      const seq = await world.gather(course.group, this.#tickOf(course, claims));
      stored(course.group, seq);
      this.#storedAt.set(course, clock.now());
      for (const [claim, remember] of remembers) remember(claim, clock.now());
      for (const { seat, read } of claims.values())
        if (read > 0) this.#parts.reads.stored(seat, read);
      this.#end(course, gathered);
    } catch (error) {
      failed(error, "receipts of a group not stored; they are stored again");
      const isOld = clock.now() - gathered.since > LASTING_MS;
      if (isOld && course.seats.size === 0) this.#groups.delete(course);
      else this.#wait(course, gathered, AGAIN_MS);
    }
  }

  /** Claims that have come meanwhile wait for their own turn. */
  #end(course: GroupCourse, { claims }: Gathered): void {
    this.#groups.delete(course);
    const now = this.#parts.clock.now();
    for (const [user, claim] of claims)
      if (this.#marks.rises(keyOf(user, course), claim, now))
        this.#of(course).claims.set(user, claim);
  }

  /** Does somebody claim more than is known of the group, and may the group have more? */
  #isAhead(course: GroupCourse, { claims }: Gathered): boolean {
    const mayHaveMore = course.cursor.filling || !this.#parts.confirms(course.group);
    const head = this.#positionAt(course, course.cursor.seq);
    return mayHaveMore && [...claims.values()].some(({ delivered }) => delivered > head);
  }

  /** The claims that say something new, held to what the gateway knows of the group. */
  #news(course: GroupCourse, all: ReadonlyMap<string, Claim>, now: number): Map<string, Claim> {
    const claims = new Map<string, Claim>();
    for (const [user, { seat, ...claim }] of all) {
      const delivered = this.#cut(course, claim.delivered);
      const read = this.#cut(course, claim.read);
      if (this.#marks.rises(keyOf(user, course), { delivered, read }, now))
        claims.set(user, { delivered, read, seat });
    }
    return claims;
  }

  #tickOf(course: GroupCourse, claims: ReadonlyMap<string, Claim>): Tick {
    const { world } = this.#parts;
    const delivered = new Map<number, string[]>();
    const read = new Map<number, string[]>();
    const put = (to: Map<number, string[]>, upTo: number, user: string): void => {
      const users = to.get(upTo);
      if (users === undefined) to.set(upTo, [user]);
      else users.push(user);
    };
    for (const [user, claim] of claims) {
      if (claim.read > 0) put(read, claim.read, user);
      if (claim.delivered > claim.read) put(delivered, claim.delivered, user);
    }
    const generation = generationOf(world.positionAt(course.group, SEQS - 1));
    return {
      type: "ReceiptsGathered",
      gateway: world.gatewayId ?? "none",
      ...(generation > 0 && { in: generation }),
      delivered: [...delivered],
      read: [...read],
    };
  }

  #cut(course: GroupCourse, upTo: number): number {
    return Math.min(upTo, this.#positionAt(course, course.cursor.seq));
  }

  #positionAt({ group }: GroupCourse, seq: number): number {
    return this.#parts.world.positionAt(group, seq);
  }
}

/** Time between two entries. Until the group's host has said how many members there are, those who are here count. */
const paceOf = ({ members, seats }: GroupCourse): number =>
  Math.min(GROUP_SIZE_MAX, members ?? seats.size) * PER_MEMBER_MS;

/** No id has a blank in it. */
const keyOf = (user: string, { group }: GroupCourse): string => `${user} ${group}`;
