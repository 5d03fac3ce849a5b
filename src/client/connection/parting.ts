import type { Carrier } from "./carrier.ts";

/** Answers that have not come by then are not waited for: a server that is being stopped may be slow. */
const OWED_MS = 5_000;

/** A part of the client that waits for answers. */
export interface Creditor {
  /**
   * Another socket has taken over: answers to what is under way still come on the one before. `again`: one that was being left is given
   * up for it, and what is owed on that one will not come.
   */
  moved(again: boolean): void;
  /** Is one waited for? */
  readonly isOwed: boolean;
  /** Now they will not come. */
  left(): void;
}

/** The socket that is being left: its answers are waited for, then it says goodbye. */
export class Parting {
  /** Parts that are owed answers. */
  parts: readonly Creditor[] = [];
  #carrier: Carrier | undefined;
  #late: ReturnType<typeof setTimeout> | undefined;

  is(carrier: Carrier): boolean {
    return carrier === this.#carrier;
  }

  /** Another socket has taken over from this one. One at a time is left. */
  begin(carrier: Carrier | undefined): void {
    const again = this.hangUp();
    this.#carrier = carrier;
    for (const part of this.parts) part.moved(again);
  }

  /** It is needed no longer than for what is owed on it. */
  leave(): void {
    const { goaway } = this.#carrier ?? {};
    // A server that has lost its log has no answers to give.
    if (goaway && goaway.withinMs === undefined) return this.end();
    if (this.#carrier) this.#late ??= setTimeout(() => this.end(), OWED_MS);
    this.settle();
  }

  /** An answer may have come. */
  settle(): void {
    if (this.#late !== undefined && !this.parts.some(({ isOwed }) => isOwed)) this.end();
  }

  /** It has ended, or ends now, and something else is connected. */
  end(): void {
    if (this.hangUp()) for (const part of this.parts) part.left();
  }

  /** Returns whether there was one. */
  hangUp(): boolean {
    const carrier = this.#carrier;
    clearTimeout(this.#late);
    this.#late = this.#carrier = undefined;
    carrier?.end();
    return carrier !== undefined;
  }
}
