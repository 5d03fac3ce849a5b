import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { NO_PEERS, PLACE_MS } from "../notyet.ts";
import { restoreSubject } from "../subjects.ts";
import { ExchangeError, type Exchange } from "./exchange.ts";

/** Bytes of one message. The broker may flush each entry in it, and gives up when one message takes it 5 s. */
const CHUNK_BYTES = 16 * 1024;
const ANSWER_MS = 30_000;
/** The question for a stream is put again after this, so often in all: a cluster that has only just got its leader may lose it. */
const LOST_MS = 5_000;
const ASKED_MAX = 4;
/** Servers that have not found each other are given so long before the next try. */
const SEEK_MS = 500;
/** Behind the last part an older broker reads all that it was given. */
const END_MS = 600_000;

/** In a cluster the answer may be here before the word that somebody hears the parts is everywhere … */
const HEARD_MS = 5_000;
/** … and is asked for so often. */
const AGAIN_MS = 50;

const Begun = z.object({ deliver_subject: z.string() });
const Ended = z.object({
  state: z.looseObject({ messages: z.int(), first_seq: z.int(), last_seq: z.int() }),
});

/** A stream as it is to be made: its configuration, and the state that it had. */
export interface Blueprint {
  readonly config: object & { readonly name: string };
  readonly state: object;
}

/**
 * Makes a stream of a snapshot. There must be none of its name.
 * @param told is called with the bytes sent so far.
 * @returns the state of the stream.
 * @throws ExchangeError when the broker refuses, or is away.
 */
export async function putBack(
  exchange: Pick<Exchange, "ask">,
  { config, state }: Blueprint,
  parts: AsyncIterable<Uint8Array>,
  told: (bytes: number) => void,
): Promise<z.infer<typeof Ended>["state"]> {
  const question = JSON.stringify({ config, state });
  const answer = await placed(() => begun(exchange, restoreSubject(config.name), question));
  const { deliver_subject: subject } = Begun.parse(JSON.parse(answer));
  let bytes = 0;
  for await (const part of parts)
    for (let at = 0; at < part.length; at += CHUNK_BYTES) {
      const chunk = part.subarray(at, at + CHUNK_BYTES);
      await (bytes === 0
        ? first(exchange, subject, chunk)
        : exchange.ask(subject, chunk, ANSWER_MS));
      told((bytes += Math.min(CHUNK_BYTES, part.length - at)));
    }
  const ended = await exchange.ask(subject, "", END_MS);
  return Ended.parse(JSON.parse(ended)).state;
}

/** Asks again while the servers of a cluster that has just begun, or has lost one for a moment, have not found each other. */
async function placed(ask: () => Promise<string>): Promise<string> {
  for (const until = performance.now() + PLACE_MS; ;) {
    try {
      return await ask();
    } catch (error) {
      const isFew = error instanceof ExchangeError && error.code === NO_PEERS;
      if (!isFew || performance.now() > until) throw error;
      await sleep(SEEK_MS);
    }
  }
}

/**
 * Asks for a stream until one of the questions is answered. If the one before was not lost, the next is refused, since the stream is
 * there by then: a refusal counts only when all are refused.
 */
async function begun(
  exchange: Pick<Exchange, "ask">,
  subject: string,
  question: string,
): Promise<string> {
  const asked: Promise<string>[] = [];
  for (;;) {
    asked.push(exchange.ask(subject, question, ANSWER_MS));
    const answered = Promise.any(asked).catch(() => asked[0] ?? "");
    if (asked.length === ASKED_MAX) return answered;
    const answer = await Promise.race([answered, sleep(LOST_MS, undefined, { ref: false })]);
    if (answer !== undefined) return answer;
  }
}

/** Hands the first part over, once somebody hears it. */
async function first(
  exchange: Pick<Exchange, "ask">,
  subject: string,
  chunk: Uint8Array,
): Promise<void> {
  for (const until = performance.now() + HEARD_MS; ;) {
    try {
      await exchange.ask(subject, chunk, ANSWER_MS);
      return;
    } catch (error) {
      if (!isUnheard(error) || performance.now() > until) throw error;
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}

const isUnheard = (error: unknown): boolean =>
  error instanceof Error && error.message.includes("no responders");
