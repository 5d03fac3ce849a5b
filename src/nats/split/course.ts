import type { Administered } from "../bundle/administered.ts";
import { ExchangeError } from "../bundle/exchange.ts";
import type { Next } from "./nextstep.ts";
import { goOn } from "./splitting.ts";

/** One step, and what it leaves, are done within this: the largest is a purge. */
const STEP_MS = 900_000;
/** So long nothing has changed: a mirror is not filled, or the broker does not do what it has answered well. */
const STUCK_MS = 120_000;
const AGAIN_MS = 250;

/**
 * Goes on with the split that runs until it is over, whichever way it goes. It ends with the connection, so that nothing is done that
 * another process does meanwhile.
 * @param tell hears of each step that was done, and of each look while one is waited for.
 * @throws ExchangeError
 */
export async function finishSplit(broker: Administered, tell: (next: Next) => void): Promise<void> {
  let before = "";
  let changedAt = performance.now();
  for (;;) {
    const next = await broker.exchange.wait(goOn(broker), STEP_MS, "a step of the split");
    if (next === undefined) return;
    const now = traceOf(next);
    if (now === before) await new Promise((done) => setTimeout(done, AGAIN_MS));
    else changedAt = performance.now();
    before = now;
    if (performance.now() - changedAt > STUCK_MS)
      throw new ExchangeError(
        `the step ${next.step} of ${next.streams.length} streams does not come to its end: look at the broker's log, and run it again`,
      );
    tell(next);
  }
}

/** Everything of a step by which it is seen to go on. */
const traceOf = ({ step, streams }: Next): string =>
  `${step} ${streams.map(({ share, last }) => `${share.k}:${last}`).join(" ")}`;
