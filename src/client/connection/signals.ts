import type { ErrorFrame } from "../../protocol/frames/error.ts";
import type { ClientFrame } from "../../protocol/frames/frame.ts";
import { USERS_MAX } from "../../protocol/frames/presence.ts";

/** A typing signal is good for this long. */
const TYPING_SHOWN_MS = 6_000;
const TYPING_EVERY_MS = 3_000;
const FOCUS_EVERY_MS = 10_000;

/** Before saying again what was refused for now, when the server does not say. */
const AGAIN_MS = 1_000;
/** Names the frames of watches: a refusal says so. No user is called so. */
const WATCHES = ":watches";

interface Ports {
  /** Sends, if there is a connection: a signal is never kept for later. */
  send(frame: ClientFrame): void;
  shown(peer: string, typing: boolean): void;
  /** ms by a clock that nobody sets. */
  elapsed(): number;
}

/** Signals, which are never stored: who types, who looks, whose presence is followed. */
export class Signals {
  readonly #ports: Ports;
  readonly #typers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #watched = new Set<string>();
  #typed = { peer: "", at: -Infinity };
  #focusedAt = -Infinity;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  typing(peer: string): void {
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

  watch(users: readonly string[]): void {
    const more = [...new Set(users)].filter((user) => !this.#watched.has(user));
    for (const user of more) this.#watched.add(user);
    this.#name("watch", more);
  }

  unwatch(users: readonly string[]): void {
    this.#name(
      "unwatch",
      users.filter((user) => this.#watched.delete(user)),
    );
  }

  isTyping(peer: string): boolean {
    return this.#typers.has(peer);
  }

  /** A sign that the peer is typing. */
  typed(peer: string): void {
    const known = this.#typers.has(peer);
    clearTimeout(this.#typers.get(peer));
    this.#typers.set(
      peer,
      setTimeout(() => this.stopped(peer), TYPING_SHOWN_MS),
    );
    if (!known) this.#ports.shown(peer, true);
  }

  /** The peer has sent what they typed, or has been silent for too long. */
  stopped(peer: string): void {
    clearTimeout(this.#typers.get(peer));
    if (this.#typers.delete(peer)) this.#ports.shown(peer, false);
  }

  /** A new connection knows of no watches. */
  start(): void {
    this.#name("watch", [...this.#watched]);
  }

  /** Were watches refused for now? All of them are said again. */
  refused({ ref, retryable, retryAfterMs = AGAIN_MS }: ErrorFrame): boolean {
    if (ref !== WATCHES || !retryable) return false;
    this.#again ??= setTimeout(() => {
      this.#again = undefined;
      this.start();
    }, retryAfterMs);
    return true;
  }

  stop(): void {
    clearTimeout(this.#again);
    this.#again = undefined;
    for (const peer of this.#typers.keys()) this.stopped(peer);
  }

  #name(t: "watch" | "unwatch", users: readonly string[]): void {
    for (let from = 0; from < users.length; from += USERS_MAX)
      this.#ports.send({ t, users: users.slice(from, from + USERS_MAX), ref: WATCHES });
  }
}
