import type { ClientFrame } from "../../protocol/frames/frame.ts";

/** A typing signal is good for this long. */
const TYPING_SHOWN_MS = 6_000;
const TYPING_EVERY_MS = 3_000;
const FOCUS_EVERY_MS = 10_000;

const NOBODY: readonly string[] = [];

interface Ports {
  /** Sends, if there is a connection: a signal is never kept for later. */
  send(frame: ClientFrame): void;
  /** Somebody begins to type, or stops. */
  changed(): void;
  /** ms by a clock that nobody sets. */
  elapsed(): number;
}

/** Signals, which are never stored: who types, who looks. */
export class Signals {
  readonly #ports: Ports;
  readonly #typers = new Map<
    string,
    { readonly users: readonly string[]; end: ReturnType<typeof setTimeout> }
  >();
  #typed = { peer: "", at: -Infinity };
  #focusedAt = -Infinity;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** The user types. */
  typed(peer: string): void {
    const at = this.#ports.elapsed();
    if (peer === this.#typed.peer && at - this.#typed.at < TYPING_EVERY_MS) return;
    this.#typed = { peer, at };
    this.#ports.send({ t: "typing", peer });
  }

  focus(): void {
    const at = this.#ports.elapsed();
    if (at - this.#focusedAt < FOCUS_EVERY_MS) return;
    this.#focusedAt = at;
    this.#ports.send({ t: "focus" });
  }

  /** The others who type in the chat with this peer. */
  typing(peer: string): readonly string[] {
    return this.#typers.get(peer)?.users ?? NOBODY;
  }

  /** A sign that the peer is typing. */
  types(peer: string): void {
    const known = this.#typers.get(peer);
    clearTimeout(known?.end);
    const end = setTimeout(() => this.stopped(peer), TYPING_SHOWN_MS);
    this.#typers.set(peer, { users: known?.users ?? [peer], end });
    if (!known) this.#ports.changed();
  }

  /** The peer has sent what they typed, or has been silent for too long. */
  stopped(peer: string): void {
    clearTimeout(this.#typers.get(peer)?.end);
    if (this.#typers.delete(peer)) this.#ports.changed();
  }

  stop(): void {
    for (const peer of this.#typers.keys()) this.stopped(peer);
  }
}
