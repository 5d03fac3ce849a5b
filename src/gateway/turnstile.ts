/**
 * Upgrades, or tokens, that are looked at in one turn of the loop, a third of a ms each with what follows: a message
 * crosses the loop seven times until it is read, and waits each time for these.
 */
export const PER_TURN = 4;

/** Lets a crowd through a few per turn of the loop, in order. No more wait than there are connections. */
export class Turnstile {
  readonly #waiting: (() => void)[] = [];
  #isTurning = false;

  /** Calls `enter` in one of the next turns. */
  pass(enter: () => void): void {
    this.#waiting.push(enter);
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(this.#turn);
  }

  /** Resolves in one of the next turns. */
  turn(): Promise<void> {
    return new Promise((enter) => this.pass(enter));
  }

  readonly #turn = (): void => {
    for (const enter of this.#waiting.splice(0, PER_TURN)) enter();
    this.#isTurning = this.#waiting.length > 0;
    if (this.#isTurning) setImmediate(this.#turn);
  };
}
