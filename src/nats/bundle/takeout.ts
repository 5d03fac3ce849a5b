import type { Msg, Subscription } from "@nats-io/transport-node";
import * as z from "zod";
import { snapshotSubject } from "../subjects.ts";
import { type Exchange, ExchangeError } from "./exchange.ts";

/** Bytes of one message: below the least `max_payload` with which Posthorn runs. */
const CHUNK_BYTES = 128 * 1024;
/** Bytes that the broker sends ahead of the acknowledgements: so much waits here at most. */
const WINDOW_BYTES = 8 * 1024 * 1024;
/** A broker of 2.14 first reads all that it will send, and compares checksums. */
const BEGIN_MS = 600_000;
/** The broker itself gives up after 5 s. */
const SILENCE_MS = 30_000;

/** The answer before a snapshot is sent. */
const Begun = z.object({
  config: z.looseObject({
    name: z.string(),
    num_replicas: z.int(),
    metadata: z.record(z.string(), z.string()).exactOptional(),
  }),
  state: z.looseObject({
    messages: z.int(),
    bytes: z.int(),
    first_seq: z.int(),
    last_seq: z.int(),
  }),
});

/** A snapshot that has begun: the stream as it was, and the parts of the file as they come. */
export type Taking = z.infer<typeof Begun> & { readonly chunks: AsyncIterable<Uint8Array> };

/**
 * Takes a snapshot of a stream, while it is written to or not. Each part is acknowledged when the next is
 * asked for, so the broker sends as fast as they are stored. Consumers are not in it: Posthorn's are made anew.
 * @throws ExchangeError, also while the parts come.
 */
export async function snapshotOf(
  exchange: Exchange,
  stream: string,
  inbox: string,
): Promise<Taking> {
  const queue = new Chunks();
  const subscription = exchange.nc.subscribe(inbox, { callback: (_error, msg) => queue.put(msg) });
  try {
    const question = {
      deliver_subject: inbox,
      no_consumers: true,
      jsck: true,
      chunk_size: CHUNK_BYTES,
      window_size: WINDOW_BYTES,
    };
    const answer = await exchange.ask(snapshotSubject(stream), JSON.stringify(question), BEGIN_MS);
    const begun = Begun.parse(JSON.parse(answer));
    return { ...begun, chunks: chunksOf(exchange, stream, queue, subscription) };
  } catch (error) {
    subscription.unsubscribe();
    throw error;
  }
}

async function* chunksOf(
  exchange: Exchange,
  stream: string,
  queue: Chunks,
  subscription: Subscription,
): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const msg = await exchange.wait(queue.next(), SILENCE_MS, stream);
      if (msg.data.length === 0) return assertDone(stream, msg);
      yield msg.data;
      msg.respond();
    }
  } finally {
    subscription.unsubscribe();
  }
}

/** The last message has no text; one that has a code above 299 says why nothing more comes. */
function assertDone(stream: string, { headers }: Msg): void {
  if ((headers?.code ?? 0) < 300) return;
  throw new ExchangeError(
    `the broker broke off the snapshot of ${stream}: ${headers?.description}`,
  );
}

/** The messages that have come and were not taken yet: at most a window of them. */
class Chunks {
  readonly #come: Msg[] = [];
  #wake: () => void = () => undefined;

  put(msg: Msg): void {
    this.#come.push(msg);
    this.#wake();
  }

  async next(): Promise<Msg> {
    for (;;) {
      const msg = this.#come.shift();
      if (msg !== undefined) return msg;
      await new Promise<void>((come) => (this.#wake = come));
    }
  }
}
