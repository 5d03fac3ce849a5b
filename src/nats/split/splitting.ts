import type { Administered } from "../bundle/administered.ts";
import { ExchangeError } from "../bundle/exchange.ts";
import { dealtIn } from "../streams.ts";
import { checkpointStream, mailboxStream, slotsOf } from "../subjects.ts";
import { assertFormat } from "../topology.ts";
import { SLOTS } from "../../events/limits.ts";
import { seenOf, streamsAt, wordIn, type Present } from "./observation.ts";
import { nextStep, type Next } from "./nextstep.ts";
import { ACTS, restage } from "./perform.ts";
import { runningOf, runningIn, sharesOf, type Running } from "./running.ts";

/** Before a mirror is looked at again. */
const PAUSE_MS = 100;
const ALL = Number.POSITIVE_INFINITY;

/** The split that runs; undefined: none. */
export const splitAt = (there: Present): Running | undefined =>
  runningIn(there.get(mailboxStream(0))?.config.metadata);

/**
 * Does the next step of the split that runs, for what is there now.
 * @param most streams that it is done for.
 * @returns the step; undefined: no split runs any more.
 * @throws ExchangeError, Error when the broker does not do it.
 */
export async function goOn(broker: Administered, most = ALL): Promise<Next | undefined> {
  const streams = await streamsAt(broker.jsm);
  const running = splitAt(streams);
  if (running === undefined) return undefined;
  const next = nextStep(running, await seenOf(broker.jsm, running, streams));
  if (next.step === "fill" || next.step === "hear")
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  else
    for (const seen of next.streams.slice(0, most))
      await ACTS[next.step]({ broker, running, streams }, seen);
  return next;
}

/** Says in the first stream that a split begins. @throws ExchangeError when it cannot be done to its end. */
export async function announce(
  broker: Administered,
  streams: Present,
  into: number,
): Promise<Running> {
  const dealt = mailboxesIn(streams);
  if (into > SLOTS || into <= dealt || into % dealt !== 0)
    throw new ExchangeError(
      `the slots are dealt to ${dealt} streams: --into is a multiple of that, ${2 * dealt} or more, and at most ${SLOTS}`,
    );
  const held: number[][] = [];
  const layouts: number[] = [];
  for (let k = 0; k < dealt; k++) {
    const info = streams.get(mailboxStream(k));
    if (info === undefined) throw new ExchangeError(`there is no stream ${mailboxStream(k)}`);
    held.push(slotsOf(assertFormat(info).config.subjects));
    layouts.push((await wordIn(broker.jsm, mailboxStream(k), k))?.owner.layout ?? 0);
  }
  const running = runningOf(held, into, Math.max(...layouts) + 1);
  assertRoom(streams, running);
  await restage({ broker, running, streams }, running.stage);
  return running;
}

/** The number of mailbox streams. @throws ExchangeError when there are none. */
export function mailboxesIn(streams: Present): number {
  const dealt = dealtIn(streams.get(mailboxStream(0))?.config);
  if (dealt === 0) throw new ExchangeError("the broker has no streams of Posthorn");
  return dealt;
}

/** @throws ExchangeError where a stream has too few slots, or one of a new name is there. */
function assertRoom(streams: Present, running: Running): void {
  for (const { k, of, slots } of sharesOf(running)) {
    if (slots.length === 0)
      throw new ExchangeError(`${mailboxStream(of)} has too few slots for ${running.into} streams`);
    for (const name of [mailboxStream(k), checkpointStream(k)])
      if (k !== of && streams.has(name))
        throw new ExchangeError(`there is a stream ${name} already: see what it is, and remove it`);
    if (!streams.has(checkpointStream(of)))
      throw new ExchangeError(`there is no stream ${checkpointStream(of)}`);
  }
}

/** The split turns back. @throws ExchangeError behind its last step back. */
export async function turnBack(
  broker: Administered,
  streams: Present,
  running: Running,
): Promise<void> {
  if (running.stage === "back") return;
  if (running.stage === "purge")
    throw new ExchangeError(
      "what has moved is being purged where it was: run the split to its end, there is no way back",
    );
  await restage({ broker, running, streams }, "back", running.layout + 1);
}
