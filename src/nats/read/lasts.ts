import type { Answer, DirectGets, Found } from "./gets.ts";

/** The last entries of one owner's subjects, as one replica has them that has the stream up to `upTo`. */
export interface Lasts {
  readonly entries: readonly Found[];
  readonly upTo: number;
}

/** Subjects that are asked for, and how an answer is read. */
interface Parts {
  readonly gets: Pick<DirectGets, "askJointly">;
  readonly stream: string;
  readonly subjectsOf: (owner: string) => readonly string[];
  /** Owners of one question at most. */
  readonly atOnce: number;
  /** A subject that each question asks for, too; its entry is nobody's. */
  readonly along?: string;
  /** Looks at an answer once for all who have asked. False: it counts for nobody. */
  readonly isAnswer?: (answer: Answer) => boolean;
}

/** A question that is put in its turn. */
interface Joint {
  readonly owners: Set<string>;
  readonly answer: Promise<Dealt | undefined>;
}
interface Dealt {
  readonly entries: ReadonlyMap<string, readonly Found[]>;
  readonly upTo: number;
}

/**
 * Asks for the last entries of many owners in one question, which costs the broker little more than one owner's. A question waits for
 * its turn among all reads of the stream, and who comes before that joins it: one who comes alone is asked for at once.
 */
export class JointLasts {
  readonly #parts: Parts;
  /** The question that can still be joined. */
  #next: Joint | undefined;
  #waiting = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Owners whose questions have not been put yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** undefined: the answer counts for nothing. @throws UnavailableError */
  async ask(owner: string): Promise<Lasts | undefined> {
    if (this.#next === undefined || this.#next.owners.size >= this.#parts.atOnce)
      this.#next = this.#begin(owner);
    const { owners, answer } = this.#next;
    if (!owners.has(owner)) this.#waiting++;
    owners.add(owner);
    const all = await answer;
    return all && { entries: all.entries.get(owner) ?? [], upTo: all.upTo };
  }

  #begin(owner: string): Joint {
    const { gets, stream, subjectsOf, along, isAnswer } = this.#parts;
    const owners = new Set([owner]);
    this.#waiting++;
    const put = () => {
      this.#waiting -= owners.size;
      if (this.#next?.owners === owners) this.#next = undefined;
      const subjects = [...owners].flatMap(subjectsOf);
      return { multi_last: along === undefined ? subjects : [...subjects, along] };
    };
    const answer = new Promise<Dealt | undefined>((resolve, reject) => {
      const deal = (all: Answer): void =>
        resolve(isAnswer?.(all) === false ? undefined : dealt(all));
      const request = { askers: () => owners.size, each: subjectsOf(owner).length, put, deal };
      // All who come in this turn of the loop count by the time it enters the queue.
      queueMicrotask(() => void gets.askJointly(stream, request).catch(reject));
    });
    return { owners, answer };
  }
}

function dealt({ entries, upTo }: Answer): Dealt {
  const byOwner = new Map<string, Found[]>();
  for (const entry of entries) {
    if (entry.kind === "owner") continue;
    const others = byOwner.get(entry.owner);
    if (others === undefined) byOwner.set(entry.owner, [entry]);
    else others.push(entry);
  }
  return { entries: byOwner, upTo };
}
