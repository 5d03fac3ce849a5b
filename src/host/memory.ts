import { Session } from "node:inspector/promises";
import { performance } from "node:perf_hooks";
import type { Logger } from "pino";
import type { Undo } from "./broker.ts";

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
export function giveBackWhenQuiet(undo: Undo, log: Logger): void {
  let last = performance.eventLoopUtilization();
  let grown = false;
  let quiet = 0;
  let collectedAt = Number.NEGATIVE_INFINITY;
  const look = (): void => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    grown ||= utilization > BUSY;
    quiet = utilization < QUIET ? quiet + 1 : 0;
    if (!grown || quiet < QUIET_LOOKS || performance.now() - collectedAt < APART_MS) return;
    grown = false;
    collectedAt = performance.now();
    collect().catch((error: unknown) => log.warn({ error }, "memory not given back"));
  };
  const timer = setInterval(look, LOOK_MS).unref();
  undo.push(async () => clearInterval(timer));
}

/** Collects and returns to the system what is free, as the inspector's button does. */
async function collect(): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post("HeapProfiler.collectGarbage");
  session.disconnect();
}
