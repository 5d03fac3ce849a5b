import { performance } from "node:perf_hooks";

/** ms that the event loop of this thread has worked since it began: without the time in which it waited for something to do. */
export const worked = (): number => performance.now() - performance.nodeTiming.idleTime;
