import { heard } from "../emitter.ts";
import { onceATurn } from "./turn.ts";

/** Tells subscribers that something looks different: once a turn, whatever happened in it. */
export class Announcer {
  readonly #listeners = new Set<{ readonly tell: () => unknown }>();

  /** Returns what ends the subscription. The same function may subscribe twice. */
  subscribe(tell: () => unknown): () => void {
    const listener = { tell };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Before the turn ends the subscribers hear of it. */
  readonly announce = onceATurn(() => {
    for (const { tell } of this.#listeners) heard(tell);
  });
}
