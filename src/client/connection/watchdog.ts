import type { Limits } from "../../protocol/frames/hello.ts";
import { diagnose, type Pulse } from "./connection.ts";

/** From the wish for a socket to `welcome`. */
const WELCOME_MS = 20_000;
const CHECK_MS = 2_000;

interface Ports {
  now(): number;
  /** Known from `welcome` on. */
  limits(): Limits | undefined;
  /** An answer of the views is under way. */
  asking(): boolean;
  ping(): void;
  /** The socket looks open and is not. */
  ill(why: "idle" | "behind"): void;
}

/** Watches over one socket after the other: are there signs of life, and has everything come? */
export class Watchdog {
  readonly #ports: Ports;
  #pulse: Pulse = pulseAt(0);
  #check: ReturnType<typeof setInterval> | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** There is a new socket. */
  start(): void {
    this.#pulse = pulseAt(this.#ports.now());
    this.#check = setInterval(() => this.#look(), CHECK_MS);
  }
  stop(): void {
    clearInterval(this.#check);
  }

  /** Something has come. */
  heard(): void {
    this.#pulse.heardAt = this.#ports.now();
  }
  /** The machine may have slept: is the socket still alive? */
  probe(): void {
    this.#pulse.probedAt = this.#ports.now();
    this.#ping();
  }
  /** The newest seq that the server knows of, against what has arrived. `moved`: something just has. */
  compare(head: number, seq: number, moved: boolean): void {
    const since = moved ? undefined : this.#pulse.behindSince;
    this.#pulse.behindSince = head > seq ? (since ?? this.#ports.now()) : undefined;
  }

  #look(): void {
    const now = this.#ports.now();
    const limits = this.#ports.limits();
    const ill = diagnose(this.#pulse, now, limits?.idleMs ?? WELCOME_MS, this.#ports.asking());
    if (ill) this.#ports.ill(ill);
    // A sign of life, while it receives, too: the server may see nothing else of a slow reader.
    else if (limits && now - this.#pulse.pingedAt >= limits.heartbeatMs) this.#ping();
  }

  #ping(): void {
    this.#pulse.pingedAt = this.#ports.now();
    this.#ports.ping();
  }
}

const pulseAt = (now: number): Pulse => ({
  heardAt: now,
  pingedAt: now,
  behindSince: undefined,
  probedAt: undefined,
});
