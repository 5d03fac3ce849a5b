import { heard } from "../emitter.ts";

/** Tells subscribers that something looks different: once a turn, whatever happened in it. */
export class Announcer {
  readonly #listeners = new Set<{ readonly tell: () => unknown }>();
  #due = false;

  /** Returns what ends the subscription. The same function may subscribe twice. */
  subscribe(tell: () => unknown): () => void {
    const listener = { tell };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Before the turn ends the subscribers hear of it. */
  announce(): void {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      for (const { tell } of this.#listeners) heard(tell);
    });
  }
}
