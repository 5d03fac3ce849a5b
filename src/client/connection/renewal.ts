import type { ClientFrame, ServerFrame } from "../../protocol/frames/frame.ts";
import { TIMER_MAX_MS } from "./bounded.ts";
import type { Tokens } from "./tokens.ts";

/** The part of a session's time after which a fresh token is asked for, and how far that is spread: many tabs begin at once. */
const SHARE = 0.7;
const SPREAD = 0.2;
/** Between two tries; twice as long each time. */
const AGAIN_MS = 2_000;
const AGAIN_MAX_MS = 60_000;
/** Names the frames of refreshes: a refusal says so. No user is called so. */
const REFRESH = ":refresh";

interface Ports {
  tokens: Tokens;
  /** In [0, 1). */
  random(): number;
  send(frame: ClientFrame): void;
  /** The app has no token, and will have none. */
  over(error: unknown): void;
}

/** Keeps a session alive: before its token ends, a fresh one is told on the same socket. */
export class Renewal {
  readonly #ports: Ports;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** The session is good for so long from now on. */
  start(expiresInMs: number): void {
    this.#ports.tokens.accepted();
    this.#tries = 0;
    this.#wait(expiresInMs * (SHARE + SPREAD * this.#ports.random()));
  }
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Was it a fresh token that the server has refused? The session goes on with the one before. */
  refused({ ref, code, retryAfterMs }: Extract<ServerFrame, { t: "error" }>): void {
    if (ref !== REFRESH) return;
    if (code.startsWith("auth.")) this.#ports.tokens.refused();
    this.#again(retryAfterMs);
  }

  #again(atLeastMs = 0): void {
    const ms = Math.min(AGAIN_MAX_MS, AGAIN_MS * 2 ** this.#tries++);
    this.#wait(Math.max(atLeastMs, ms * (0.5 + this.#ports.random())));
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    // A token of which next to nothing is left is not asked for all the time.
    const due = Math.min(TIMER_MAX_MS, Math.max(AGAIN_MS, ms));
    const timer = setTimeout(() => void this.#renew(() => timer === this.#timer), due);
    this.#timer = timer;
  }

  async #renew(isWanted: () => boolean): Promise<void> {
    const { tokens, send, over } = this.#ports;
    try {
      const token = await tokens.ask(true);
      if (isWanted()) send({ t: "refresh", token, ref: REFRESH });
    } catch (error) {
      if (!isWanted()) return;
      if ((error as { retryable?: unknown }).retryable === false) over(error);
      else this.#again();
    }
  }
}
