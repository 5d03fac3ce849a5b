import type { Limits } from "../../protocol/frames/hello.ts";
import { diagnose, type Pulse } from "./connection.ts";

/** From the wish for a socket to `welcome`. */
const WELCOME_MS = 20_000;
const CHECK_MS = 2_000;
/** A look that comes so long behind the one before is late: the machine slept, or this program stood still. */
const LATE_MS = 2 * CHECK_MS;

interface Ports {
  /** ms by a clock that nobody sets. */
  elapsed(): number;
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
  #lookedAt = 0;
  #wasLate = false;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** There is a new socket. */
  start(): void {
    this.#lookedAt = this.#ports.elapsed();
    this.#pulse = pulseAt(this.#lookedAt);
    this.#check = setInterval(() => this.#look(), CHECK_MS);
  }
  stop(): void {
    clearInterval(this.#check);
  }

  /** Something has come. */
  heard(): void {
    this.#pulse.heardAt = this.#ports.elapsed();
  }
  /** The machine may have slept: is the socket still alive? */
  probe(): void {
    this.#pulse.probedAt = this.#ports.elapsed();
    this.#ping();
  }
  /** The newest seq that the server knows of, against what has arrived. `moved`: something just has. */
  compare(head: number, seq: number, moved: boolean): void {
    const since = moved ? undefined : this.#pulse.behindSince;
    this.#pulse.behindSince = head > seq ? (since ?? this.#ports.elapsed()) : undefined;
  }

  #look(): void {
    const now = this.#ports.elapsed();
    // A timer is due before what has come meanwhile is read: the next look judges. Where all are late, every second one does.
    this.#wasLate = !this.#wasLate && now - this.#lookedAt > LATE_MS;
    this.#lookedAt = now;
    if (this.#wasLate) return;
    const limits = this.#ports.limits();
    const ill = diagnose(this.#pulse, now, limits?.idleMs ?? WELCOME_MS, this.#ports.asking());
    if (ill) this.#ports.ill(ill);
    // A sign of life, while it receives, too: the server may see nothing else of a slow reader.
    else if (limits && now - this.#pulse.pingedAt >= limits.heartbeatMs) this.#ping();
  }

  #ping(): void {
    this.#pulse.pingedAt = this.#ports.elapsed();
    this.#ports.ping();
  }
}

const pulseAt = (now: number): Pulse => ({
  heardAt: now,
  pingedAt: now,
  behindSince: undefined,
  probedAt: undefined,
});
