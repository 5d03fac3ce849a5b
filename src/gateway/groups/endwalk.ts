import type { Entry } from "../../events/entry.ts";
import type { Coming, World } from "../ports.ts";
import type { GroupCourse } from "./groupcourse.ts";
import { envelopeOf } from "./framedfacts.ts";

/** So many ends are read one by one before facts are read with them: most groups have no more. */
const ALONE = 8;
/** Facts that are read at once for the ends among them, at most. */
const FACTS_MAX = 1_000;
/** Seqs that a stretch is long at first; other mailboxes lie between. */
const STRETCH = 1_024;
/** A stretch with few facts is followed by a longer one, one with too many by a shorter. */
const WIDER = 4;
const NARROWER = 4;

interface Parts {
  readonly world: Pick<World, "begin" | "groupFacts">;
  readonly coming: Coming;
}

/**
 * One walk back over the ends of a group's memberships. Each names the one before, so that few are read for themselves, wherever they
 * lie. A group that thousands have left is read in stretches: an answer of the log for each end takes a minute of a busy broker.
 */
export class EndWalk {
  readonly #parts: Parts;
  readonly #course: GroupCourse;
  #alone = ALONE;
  #stretch = STRETCH;

  constructor(parts: Parts, course: GroupCourse) {
    this.#parts = parts;
    this.#course = course;
  }

  /** Finds the end at `next`, and maybe some before it. @throws Error where that is not there, or the log does not answer */
  async step(next: number): Promise<void> {
    const facts = this.#alone > 0 ? undefined : await this.#facts(next);
    if (facts === undefined) {
      this.#alone = Math.max(0, this.#alone - 1);
      return this.#take(await this.#parts.world.groupFacts(this.#course.k, [next]), next);
    }
    this.#take(facts.toReversed(), next);
  }

  /** The stretch that ends at `next`; undefined: too much lies there. */
  async #facts(next: number): Promise<Entry[] | undefined> {
    const { world, coming } = this.#parts;
    const reading = world.begin(this.#course.group, Math.max(0, next - this.#stretch), coming);
    const facts: Entry[] = [];
    try {
      for await (const { entries } of reading.pages(next)) {
        facts.push(...entries);
        if (facts.length <= FACTS_MAX) continue;
        this.#stretch = Math.max(1, Math.floor(this.#stretch / NARROWER));
        this.#alone = 1;
        return undefined;
      }
    } finally {
      reading.stop();
    }
    if (facts.length * WIDER < FACTS_MAX) this.#stretch *= WIDER;
    return facts;
  }

  /** The newest first. */
  #take(facts: readonly Entry[], next: number): void {
    const { ends, group } = this.#course;
    const first = facts.find(({ seq, owner }) => seq === next && owner === group);
    if (first?.ended === undefined) throw new Error("an end that a later one names is not there");
    for (const fact of facts)
      if (fact.owner === group && fact.ended !== undefined) ends.found(envelopeOf(fact));
  }
}
