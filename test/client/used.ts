import type { Sends } from "../../src/rules/sends.ts";

/** The numbers that a send says. */
export type Numbered = { cid: string; replaces?: string | undefined };

/** Numbers of an instance that are told apart; what lies lower counts as taken. */
const WINDOW = 32;
/** Instances that a list names. */
const INSTANCES = 64;

/** The numbers that a mailbox has seen, one by one. */
export class Used {
  readonly #of = new Map<string, number[]>();

  repeats({ cid, replaces }: Numbered): boolean {
    if (this.#has(cid) || this.#isBelow(cid)) return true;
    return replaces !== undefined && this.#has(replaces) && !this.#isBelow(replaces);
  }
  take({ cid, replaces }: Numbered): void {
    for (const each of replaces === undefined ? [cid] : [replaces, cid]) {
      const [instance, n] = halves(each);
      const numbers = [...(this.#of.get(instance) ?? []), n];
      // The one used last stands last.
      this.#of.delete(instance);
      this.#of.set(instance, numbers);
    }
  }
  /** A repeat by what it replaces has used its own number, too. */
  passOver({ cid }: Numbered): void {
    if (!this.#has(cid) && !this.#isBelow(cid)) this.take({ cid });
  }
  /** As the views tell them. */
  get told(): Sends {
    return [...this.#of].slice(-INSTANCES).map(([instance, numbers]) => {
      const last = Math.max(...numbers);
      const below = Array.from({ length: WINDOW - 1 }, (_, i) => numbers.includes(last - 1 - i));
      return [instance, last, below.reduce((mask, is, i) => mask + (is ? 2 ** i : 0), 0)] as const;
    });
  }

  #has(cid: string): boolean {
    const [instance, n] = halves(cid);
    return this.#of.get(instance)?.includes(n) ?? false;
  }
  #isBelow(cid: string): boolean {
    const [instance, n] = halves(cid);
    return n <= Math.max(...(this.#of.get(instance) ?? [])) - WINDOW;
  }
}

function halves(cid: string): [instance: string, n: number] {
  const [instance = "", n] = cid.split(".");
  return [instance, Number(n)];
}
