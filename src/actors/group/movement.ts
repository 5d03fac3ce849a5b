import type { Moved } from "../../protocol/internal/routes.ts";

/** A group is named to those who follow it for so long after it has moved: ten beats, of which some may be lost. */
const MOVED_MS = 10_000;
/** A gateway says so often that it follows a group … */
const AUDIENCE_MS = 30_000;
/** Groups of one partition of which that is known, over all gateways, the one said last longest: others are not named. */
const AUDIENCES_MAX = 262_144;
/** Groups in one beat, those that moved last: their text has room in one message. */
const NAMED_MAX = 1_024;

/** Movement: the groups of a partition that have moved lately, for the gateways that follow them. */
export class Movement {
  readonly #now: () => number;
  readonly #audiencesMax: number;
  /** By group; the one that moved the longest ago first. */
  readonly #moved = new Map<string, { seq: number; at: number }>();
  /** By gateway and group, when it was said that it follows there. */
  readonly #audiences = new Map<string, Map<string, number>>();
  #size = 0;

  /** @param now ms by a clock that only goes forward. */
  constructor(now: () => number, audiencesMax = AUDIENCES_MAX) {
    this.#now = now;
    this.#audiencesMax = audiencesMax;
  }

  /** The group's last fact is at `seq`. */
  moved(group: string, seq: number): void {
    this.#moved.delete(group);
    this.#moved.set(group, { seq, at: this.#now() });
    this.#pass(this.#now());
  }

  /** A gateway follows these groups. */
  follows(gateway: string, groups: readonly string[]): void {
    const at = this.#now();
    const known = this.#audiences.get(gateway) ?? new Map<string, number>();
    this.#audiences.set(gateway, known);
    for (const group of groups) {
      if (!known.has(group)) {
        if (this.#size >= this.#audiencesMax) this.#forget(at);
        if (this.#size >= this.#audiencesMax) return;
        this.#size++;
      }
      known.set(group, at);
    }
  }

  /** The groups that have moved lately, of those that the gateway follows. */
  movedFor(gateway: string): Moved[] {
    const now = this.#now();
    this.#pass(now);
    const follows = this.#audiences.get(gateway);
    if (follows === undefined) return [];
    const named: Moved[] = [];
    for (const [group, { seq }] of [...this.#moved].toReversed()) {
      if (now - (follows.get(group) ?? Number.NEGATIVE_INFINITY) > AUDIENCE_MS) continue;
      if (named.push({ group, seq }) >= NAMED_MAX) break;
    }
    return named;
  }

  /** Forgets the groups that have not moved lately. */
  #pass(now: number): void {
    for (const [group, { at }] of this.#moved) {
      if (now - at <= MOVED_MS) return;
      this.#moved.delete(group);
    }
  }

  /** Forgets the gateways' words that are old. */
  #forget(now: number): void {
    for (const [gateway, groups] of this.#audiences) {
      for (const [group, at] of groups)
        if (now - at > AUDIENCE_MS && groups.delete(group)) this.#size--;
      if (groups.size === 0) this.#audiences.delete(gateway);
    }
  }
}
