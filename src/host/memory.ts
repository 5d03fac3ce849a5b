import { Session } from "node:inspector/promises";
import { performance } from "node:perf_hooks";
import type { Logger } from "pino";
import type { Part } from "./scope.ts";

const LOOK_MS = 1_000;
/** Share of the time that this thread works: above it is busy, below it is quiet. */
const BUSY = 0.5;
const QUIET = 0.1;
/** Looks in a row that must be quiet. */
const QUIET_LOOKS = 2;
/** A collection stops the thread for 0.1 to 0.2 s. */
const APART_MS = 10_000;

/**
 * Gives the memory of a busy time back once it is over. V8 keeps the heap it has grown to, half of it
 * empty, and collects only when it allocates: a gateway of idle sockets would hold it for ever
 * (docs/adr/0009). Not while there is a steady load, however small.
 */
export class Quiet implements Part {
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #last = performance.eventLoopUtilization();
  #grown = false;
  #quiet = 0;
  #collectedAt = Number.NEGATIVE_INFINITY;

  constructor(log: Logger) {
    this.#log = log;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#last);
    this.#last = now;
    this.#grown ||= utilization > BUSY;
    this.#quiet = utilization < QUIET ? this.#quiet + 1 : 0;
    if (!this.#grown || this.#quiet < QUIET_LOOKS) return;
    if (performance.now() - this.#collectedAt < APART_MS) return;
    this.#grown = false;
    this.#collectedAt = performance.now();
    collect().catch((error: unknown) => this.#log.warn({ error }, "memory not given back"));
  }
}

/** Collects and returns to the system what is free, as the inspector's button does. */
async function collect(): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post("HeapProfiler.collectGarbage");
  session.disconnect();
}
