import type { Logger } from "pino";
import { explain, type RejectionCode } from "../protocol/codes.ts";
import { Outage } from "../outage.ts";
import type { Milestone } from "./session/milestone.ts";
import { Trickle } from "./trickle.ts";

/**
 * Lines of a kind in a second. Sessions come and go a hundred at a time when an office opens its laptops; of
 * refusals a person reads twenty, and the rest is an attack or a mistake that repeats itself.
 */
const LINES_PER_SECOND = { opened: 100, closed: 100, refused: 20 } as const;
/** Kinds of failures that are told apart, by their words and the class of their error. */
const KINDS_MAX = 64;
/** Left out lines are told this often at most. */
const TELL_MS = 1_000;

/** The message of each line; docs/operations.md lists them. */
const WORDS = {
  opened: "session opened",
  closed: "session closed",
  refused: "session refused",
} as const;

/** A socket that something has happened to. */
interface Place {
  readonly address: string;
  readonly session: string;
  /** How long a session has lasted that is closed. */
  readonly seconds?: number;
}

/**
 * Writes the milestones of sessions into the log, one line for each milestone and all of one shape: session, user, device,
 * address, code, close, reason. Lines beyond what somebody can read are left out, and their number is told.
 */
export class Chronicle {
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #trickles = {
    opened: new Trickle(LINES_PER_SECOND.opened),
    closed: new Trickle(LINES_PER_SECOND.closed),
    refused: new Trickle(LINES_PER_SECOND.refused),
  };
  /** Refusals that were left out, by code: the codes are those of the tables, so they are few. */
  #codes: Record<string, number> = {};
  /** A broker that is away fails everything that thousands of sessions do: each kind is an outage. */
  readonly #outages = new Map<string, Outage>();
  #toldAt = Number.NEGATIVE_INFINITY;

  /** `now`: ms of a monotonic clock. */
  constructor(log: Logger, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** A session has reached a milestone. */
  tell({ is, ...said }: Milestone, { session, address, ...lasted }: Place): void {
    if (!this.#log.isLevelEnabled("info")) return;
    if (this.#trickles[is].admits(this.#now()))
      this.#log.info({ session, address, ...said, ...lasted }, WORDS[is]);
    else if (is === "refused") this.#count(said.code);
  }

  /** A connection was refused before it became a session; `status` is that of the HTTP answer, if it gets one. */
  door(address: string, code: RejectionCode, status?: number): void {
    if (!this.#log.isLevelEnabled("info")) return;
    if (this.#trickles.refused.admits(this.#now()))
      this.#log.info(
        { address, code, ...(status !== undefined && { status }), reason: explain({ code }) },
        WORDS.refused,
      );
    else this.#count(code);
  }

  /** Something that a session asked for was not stored, or not read. `words`: the message of the line, which comes once a minute while it goes on. */
  failed(error: unknown, words: string): void {
    const more = this.#outage(error, words).failed();
    if (more) this.#log.warn({ error, ...more }, words);
  }

  #outage(error: unknown, words: string): Outage {
    const name = error instanceof Error ? error.name : typeof error;
    const kind = this.#outages.size < KINDS_MAX ? `${words} ${name}` : words;
    const outage = this.#outages.get(kind) ?? new Outage(this.#now);
    this.#outages.set(kind, outage);
    return outage;
  }

  /** Tells how many lines were left out, if any were: once a second at most, and at the `end`. */
  tidy(end = false): void {
    const now = this.#now();
    if (!end && now - this.#toldAt < TELL_MS) return;
    this.#toldAt = now;
    const { opened, closed, refused } = this.#trickles;
    const left = {
      opened: opened.takeLeft(),
      closed: closed.takeLeft(),
      refused: refused.takeLeft(),
    };
    if (Object.values(left).every((count) => count === 0)) return;
    this.#log.info({ ...left, codes: this.#codes }, "lines about sessions left out");
    this.#codes = {};
  }

  #count(code = "unknown"): void {
    this.#codes[code] = (this.#codes[code] ?? 0) + 1;
  }
}
