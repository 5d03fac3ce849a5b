import { performance } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import type { Logger } from "pino";
import type { Part } from "./scope.ts";

const LOOK_MS = 1_000;
/** Share of the time that this thread works: below it is quiet. */
const QUIET = 0.1;
/** Looks in a row that must be quiet. */
const QUIET_LOOKS = 2;
/**
 * A heap that has grown by this since it was last as small as it gets is worth a collection. Less than a
 * young generation grows by (1 to 16 MiB), which is all that a burst leaves in the thread of the views.
 */
const GROWN_BYTES = 12 * 2 ** 20;
/** A collection works for 0.1 s beside the thread, and stops it for some 10 to 30 ms. */
const APART_MS = 10_000;
/** V8 begins to collect when 64 MiB outside of its heap have been asked for since the last time. */
const MARKING_BYTES = 72 * 2 ** 20;

/** A thread as it is seen at one look. */
interface Moment {
  /** ms by a clock that only goes forward. */
  readonly now: number;
  /** Share of the time since the last look in which the thread worked. */
  readonly utilization: number;
  /** Bytes that V8 holds for the thread, in use or not. */
  readonly heap: number;
}

/** Says when there is something to give back and a good moment for it. */
export class Growth {
  /** 0 until the first collection, so that what a start has left behind is given back, too. */
  #floor = 0;
  #quiet = 0;
  #collectedAt = Number.NEGATIVE_INFINITY;
  #collected = false;

  /** Is a collection due? Then it is taken for done. */
  isDue({ now, utilization, heap }: Moment): boolean {
    // Memory that a collection has left is in use: only what grows on top of it can be given back.
    this.#floor = this.#collected ? heap : Math.min(this.#floor, heap);
    this.#collected = false;
    this.#quiet = utilization < QUIET ? this.#quiet + 1 : 0;
    const isGrown = heap - this.#floor > GROWN_BYTES;
    if (!isGrown || this.#quiet < QUIET_LOOKS || now - this.#collectedAt < APART_MS) return false;
    this.#collectedAt = now;
    this.#collected = true;
    return true;
  }
}

/**
 * Gives the memory of a busy time back once it is over. V8 keeps the heap it has grown to, half of it
 * empty, and collects only when it allocates: a gateway of idle sockets would hold it for ever
 * (docs/adr/0009).
 */
export class Quiet implements Part {
  readonly #log: Logger;
  readonly #growth = new Growth();
  #timer: NodeJS.Timeout | undefined;
  #last = performance.eventLoopUtilization();
  /** One collection leaves what died while it marked, and the buffer that began it. */
  #isHalfDone = false;

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
    const last = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(last, this.#last);
    this.#last = last;
    const { total_heap_size: total, external_memory: external } = getHeapStatistics();
    const look = { now: performance.now(), utilization, heap: total + external };
    const isDue = this.#growth.isDue(look);
    if (isDue || this.#isHalfDone) this.#collect();
    this.#isHalfDone = isDue;
  }

  #collect(): void {
    try {
      collect();
    } catch (error) {
      this.#log.warn({ error }, "memory not given back");
    }
  }
}

/**
 * Begins a collection that marks beside the thread and returns free pages to the system. Node has no call
 * for that: those it has stop the thread for the whole of it (docs/adr/0009). A large buffer makes V8
 * begin; the flag, as it is at that moment, makes it give pages back. Nothing is written to the buffer, so
 * that it takes no memory; the next collection drops it.
 * @throws RangeError if the process may not even ask for so much.
 */
function collect(): void {
  setFlagsFromString("--optimize-for-size");
  try {
    Buffer.alloc(MARKING_BYTES);
  } finally {
    setFlagsFromString("--no-optimize-for-size");
  }
}
