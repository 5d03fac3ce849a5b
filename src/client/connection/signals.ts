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
  /** Typers of each chat, and until when that is believed. */
  readonly #typers = new Map<string, ReadonlyMap<string, ReturnType<typeof setTimeout>>>();
  readonly #names = new Map<string, readonly string[]>();
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

  /** The others who type in the chat with this peer, or in this group. */
  typing(chat: string): readonly string[] {
    return this.#names.get(chat) ?? NOBODY;
  }

  /** A sign that somebody is typing. */
  types(chat: string, user = chat): void {
    const known = this.#typers.get(chat);
    clearTimeout(known?.get(user));
    const end = setTimeout(() => this.stopped(chat, user), TYPING_SHOWN_MS);
    this.#put(chat, new Map([...(known ?? []), [user, end]]));
  }

  /** Somebody has sent what they typed, or has been silent for too long. */
  stopped(chat: string, user = chat): void {
    const known = this.#typers.get(chat);
    if (!known?.has(user)) return;
    clearTimeout(known.get(user));
    this.#put(chat, new Map([...known].filter(([name]) => name !== user)));
  }

  stop(): void {
    for (const [chat, users] of this.#typers)
      for (const user of users.keys()) this.stopped(chat, user);
  }

  #put(chat: string, users: ReadonlyMap<string, ReturnType<typeof setTimeout>>): void {
    const before = this.typing(chat).length;
    if (users.size > 0) this.#typers.set(chat, users);
    else this.#typers.delete(chat);
    if (users.size === before) return;
    if (users.size > 0) this.#names.set(chat, [...users.keys()]);
    else this.#names.delete(chat);
    this.#ports.changed();
  }
}
