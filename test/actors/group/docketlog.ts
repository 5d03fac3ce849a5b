import { expect } from "vitest";
import { Docket } from "../../../src/actors/group/docket.ts";

/** Things that may happen next; "stored" to the fact that has left last, its answer later, the next three to the one that is under way longest. */
export const STEPS = ["asked", "read", "stored", "answered", "lost", "refused", "other"] as const;
type Step = (typeof STEPS)[number];

interface Fact {
  readonly of: number;
  /** Seq of the last fact that ended a membership, as its host knew it. */
  readonly endedBefore: number;
}
interface UnderWay extends Fact {
  readonly flight: ReturnType<Docket["leaves"]>;
  readonly after: number;
  /** Its seq in the log; 0: another one is the last there. */
  seq?: number;
}

/** Every third thing that is asked ends a membership. */
const ends = (of: number): boolean => of % 3 === 0;

/** A group's mailbox, and one host of it that lags behind; another one may state what it owes. */
export class DocketLog {
  readonly #log: (Fact | "copy")[] = [];
  readonly #docket = new Docket();
  #read = 0;
  #owing = { head: 0, owed: [] as { of: number }[] };
  #lastEnded = 0;
  readonly #held = new Set<number>();
  readonly #underWay: UnderWay[] = [];
  /** The last fact of which the host has not been told that it is its own. */
  #foreign = 0;

  /** The copies that have been answered by a fact, in the order of the facts. */
  get answered(): number[] {
    return this.#facts().map(({ of }) => of);
  }
  get copies(): number[] {
    return this.#log.flatMap((each, i) => (each === "copy" ? [i + 1] : []));
  }

  do(step: Step): void {
    if (step === "asked") this.#log.push("copy");
    else if (step === "read") this.#reads();
    else if (step === "other") this.#other();
    else if (step === "stored") this.#stored(this.#underWay.at(-1));
    else this.#comesOut(step);
    this.#leaves();
  }

  /** Everything arrives, and is read, until nothing more comes of it. */
  settle(): void {
    for (let left = 4 * this.copies.length + 4; left > 0; left--) {
      while (this.#read < this.#log.length) this.do("read");
      this.do("answered");
    }
    expect([...this.#held], "the checkpoint is held by nothing").toEqual([]);
  }

  #facts(): (Fact & { seq: number })[] {
    return this.#log.flatMap((each, i) => (each === "copy" ? [] : [{ ...each, seq: i + 1 }]));
  }
  get #last(): number {
    return this.#facts().at(-1)?.seq ?? 0;
  }
  get #lastEnding(): number {
    return this.#facts().findLast(({ of }) => ends(of))?.seq ?? 0;
  }

  #reads(): void {
    const entry = this.#log[this.#read];
    if (entry === undefined) return;
    const seq = ++this.#read;
    const { head, owed } = this.#owing;
    if (entry === "copy") this.#owing = { head, owed: [...owed, { of: seq }] };
    else this.#owing = { head: seq, owed: owed.filter(({ of }) => of > entry.of) };
    if (entry !== "copy" && ends(entry.of)) this.#lastEnded = seq;
    const fact = entry === "copy" ? undefined : seq;
    const { opens, closes } = this.#docket.folded(this.#owing, fact);
    for (const each of opens) expect(this.#held.has(each)).toBe(false);
    for (const each of opens) this.#held.add(each);
    for (const each of closes) expect(this.#held.delete(each)).toBe(true);
    expect([...this.#held]).toEqual(this.#owing.owed.map(({ of }) => of));
  }

  /** Another host, which has read all, states the next thing. */
  #other(): void {
    const of = this.copies[this.answered.length];
    if (of !== undefined) this.#foreign = this.#log.push({ of, endedBefore: this.#lastEnding });
  }

  #leaves(): void {
    const next = this.#docket.next(this.#owing);
    if (next === undefined) return;
    const { i, after } = next;
    const flight = this.#docket.leaves(after);
    const endedBefore = this.#docket.lastEnding ?? this.#lastEnded;
    this.#underWay.push({ of: this.#owing.owed[i]!.of, endedBefore, after, flight });
    expect(this.#docket.next(this.#owing), "one at a time").toBeUndefined();
  }

  #stored(due: UnderWay | undefined): number {
    if (due === undefined || due.seq !== undefined) return due?.seq ?? 0;
    const { of, endedBefore, after } = due;
    if (after !== this.#last) return (due.seq = 0);
    expect(endedBefore).toBe(this.#lastEnding);
    return (due.seq = this.#log.push({ of, endedBefore }));
  }

  #comesOut(step: "answered" | "lost" | "refused"): void {
    const due = this.#underWay.shift();
    if (due === undefined) return;
    const { of, after, flight } = due;
    const seq = step === "refused" ? due.seq : this.#stored(due);
    if (!this.#docket.isOpen(flight)) return;
    if (seq === undefined) this.#docket.refused();
    else if (seq > 0 && step !== "lost") this.#docket.stored({ seq, ends: ends(of) });
    else {
      // Repeated, it is told that another one is the last: its own, where the first answer was lost.
      if (seq > 0) this.#foreign = Math.max(this.#foreign, seq);
      expect(this.#foreign, "nothing leaves behind any but the last fact it knows").toBeGreaterThan(
        after,
      );
      this.#docket.outrun(seq > 0 ? undefined : this.#last);
    }
    expect(this.#docket.isOpen(flight)).toBe(false);
  }
}
