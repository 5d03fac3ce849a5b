import type { ServerFrame } from "../../protocol/frames/frame.ts";
import type { ConnectionState } from "../api.ts";

/** A screen shows no more moments than one in so many ms. */
const MOMENT_MS = 16;
/** Events kept back at most: more of them folded in one turn would be felt. */
const KEPT_MAX = 500;

/** Follows the mailbox. */
interface Reader {
  take(frame: ServerFrame): void;
  stop(refusal?: string): void;
}

/**
 * Hands frames on in their order. While a device catches up, its events are handed on together, a moment of them in
 * one turn: whoever draws what they change draws as often as a screen shows it, and not once for each.
 */
export class Inbox {
  readonly #reader: Reader;
  readonly #link: { readonly state: ConnectionState };
  #kept: ServerFrame[] = [];

  constructor(reader: Reader, link: { readonly state: ConnectionState }) {
    this.#reader = reader;
    this.#link = link;
  }

  take(frame: ServerFrame): void {
    if (frame.t !== "event" || this.#link.state === "online") {
      this.#flush();
      this.#reader.take(frame);
      return;
    }
    const count = this.#kept.push(frame);
    // A timer of a moment that ended early only ends the next one early, too.
    if (count === 1) setTimeout(() => this.#flush(), MOMENT_MS);
    else if (count === KEPT_MAX) this.#flush();
  }

  /** The socket is gone. Everything that has come from it has come. */
  lost(refusal?: string): void {
    this.#flush();
    this.#reader.stop(refusal);
  }

  #flush(): void {
    const kept = this.#kept;
    this.#kept = [];
    for (const frame of kept) this.#reader.take(frame);
  }
}
