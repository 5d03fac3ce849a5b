import { ANSWER_MS, type Query, type ViewRefusal } from "../protocol/internal/query.ts";

/** Questions of one user under way, over all devices: what loads asks some at once, a flood hundreds. */
const PER_OWNER_MAX = 64;
/** Questions about one stream under way, at some 200 bytes each. */
export const UNDER_WAY_MAX = 2_000;
/** Time for which questions are answered before a commit, a socket or a timer gets its turn. */
const TURN_MS = 8;

interface Asked<Answer> {
  readonly query: Query;
  readonly until: number;
  readonly reply: (answer: Answer) => void;
}

/** Ports of a desk. */
export interface DeskWorld<Answer> {
  /** Waits until the views of the stream hold `seq`, at most `ms`; false: they do not. */
  readonly atLeast: (seq: number, ms: number) => Promise<boolean>;
  /** Answers at once. */
  readonly answer: (query: Query) => Answer;
  readonly refusal: (error: ViewRefusal) => Answer;
  /** ms since any moment; it never goes back. */
  readonly elapsed: () => number;
}

/**
 * Takes the questions about one stream and answers them in turns: each user's first before anybody's
 * second, a bounded time at a go, and none that nobody waits for any more.
 */
export class Desk<Answer> {
  readonly #world: DeskWorld<Answer>;
  /** Questions that can be answered, by user, whose turn it is first. */
  readonly #lines = new Map<string, Asked<Answer>[]>();
  readonly #underWay = new Map<string, number>();
  #count = 0;
  #turning = false;

  constructor(world: DeskWorld<Answer>) {
    this.#world = world;
  }

  /** A view's answer, or a refusal. */
  async ask(query: Query): Promise<Answer> {
    const mine = this.#underWay.get(query.owner) ?? 0;
    if (mine >= PER_OWNER_MAX) return this.#world.refusal("rate_limited");
    if (this.#count >= UNDER_WAY_MAX) return this.#world.refusal("unavailable");
    this.#underWay.set(query.owner, mine + 1);
    this.#count++;
    try {
      return await this.#answer(query);
    } finally {
      this.#count--;
      const left = (this.#underWay.get(query.owner) ?? 1) - 1;
      if (left === 0) this.#underWay.delete(query.owner);
      else this.#underWay.set(query.owner, left);
    }
  }

  async #answer(query: Query): Promise<Answer> {
    const withinMs = query.withinMs ?? ANSWER_MS;
    const until = this.#world.elapsed() + withinMs;
    if (!(await this.#world.atLeast(query.atLeast, withinMs)))
      return this.#world.refusal("view.behind");
    return new Promise((reply) => {
      const line = this.#lines.get(query.owner) ?? [];
      line.push({ query, until, reply });
      this.#lines.set(query.owner, line);
      this.#turnSoon();
    });
  }

  #turnSoon(): void {
    if (this.#turning || this.#lines.size === 0) return;
    this.#turning = true;
    setImmediate(() => {
      this.#turning = false;
      this.#turn();
      this.#turnSoon();
    });
  }

  #turn(): void {
    const end = this.#world.elapsed() + TURN_MS;
    for (const [owner, line] of this.#lines) {
      const asked = line.shift();
      // The rest of the line goes behind everybody else's.
      this.#lines.delete(owner);
      if (line.length > 0) this.#lines.set(owner, line);
      if (asked !== undefined) asked.reply(this.#said(asked));
      if (this.#world.elapsed() >= end) return;
    }
  }

  #said({ query, until }: Asked<Answer>): Answer {
    if (this.#world.elapsed() >= until) return this.#world.refusal("unavailable");
    return this.#world.answer(query);
  }
}
