import { createInbox, type Msg } from "@nats-io/transport-node";
import type { Entry } from "../../events/entry.ts";
import { instantOfText, msOf } from "../../events/instant.ts";
import type { Link } from "../connection.ts";
import { UnavailableError } from "../publish/publisher.ts";
import { directGetSubject, parseEntrySubject } from "../subjects.ts";

const ANSWER_MS = 5_000;
/** Reads under way at once: long reads stall the writers of the same stream. */
const READS_MAX = 16;

/** The question to the broker (NATS ADR-31). */
export type Request =
  /** The last entry of each subject. */
  | { readonly multi_last: readonly string[]; readonly up_to_seq?: number }
  /** Entries of one subject from a seq on. */
  | {
      readonly seq: number;
      readonly batch: number;
      readonly max_bytes: number;
      readonly next_by_subj: string;
    }
  /** One entry. */
  | { readonly seq: number };

/** The answer of one replica, or of whatever else answers direct gets of the stream. */
export interface Answer {
  readonly entries: readonly Entry[];
  /** How many more it has behind the last. */
  readonly pending: number;
  /** To a request for the last of each subject: the last seq that it has; else 0. */
  readonly upTo: number;
}

const NOTHING: Answer = { entries: [], pending: 0, upTo: 0 };

/** Asks the log by direct gets: one inbox for all, and a few at a time. On a connection of its own. */
export class DirectGets {
  readonly #link: Link;
  readonly #inbox = createInbox("_INBOX_posthorn");
  readonly #open = new Map<string, (msg: Msg) => void>();
  readonly #queue: (() => void)[] = [];
  #reads = 0;
  #tokens = 0;

  constructor(link: Link) {
    this.#link = link;
    link.nc.subscribe(`${this.#inbox}.*`, {
      callback: (_error, msg) => this.#open.get(msg.subject.slice(this.#inbox.length + 1))?.(msg),
    });
  }

  /**
   * One answer; nothing is promised of whether it is complete.
   * @throws UnavailableError when nobody answers within 5 s, or there is no leader or no stream.
   */
  async ask(stream: string, request: Request): Promise<Answer> {
    if (this.#reads < READS_MAX) this.#reads++;
    else await new Promise<void>((go) => this.#queue.push(go));
    try {
      return await this.#ask(stream, request);
    } finally {
      // The first in the queue takes the place over.
      const next = this.#queue.shift();
      if (next === undefined) this.#reads--;
      else next();
    }
  }

  #ask(stream: string, request: Request): Promise<Answer> {
    const token = (this.#tokens++).toString(36);
    const single = !("batch" in request || "multi_last" in request);
    let offReconnect: (() => void) | undefined;
    return new Promise<Answer>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new UnavailableError("the log does not answer")),
        ANSWER_MS,
      );
      const entries: Entry[] = [];
      const end = (answer: Answer | Error): void => {
        clearTimeout(late);
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      };
      this.#open.set(token, (msg) => {
        const told = new Map(msg.headers);
        const first = (name: string): string => told.get(name)?.[0] ?? "";
        switch (msg.headers?.code ?? 0) {
          case 0:
            entries.push(entryOf(msg, first));
            if (single) end({ ...NOTHING, entries });
            return;
          case END_OF_BATCH:
            return end({
              entries,
              pending: Number(first("Nats-Num-Pending")),
              upTo: Number(first("Nats-UpTo-Sequence")),
            });
          case NOT_FOUND:
            return end(NOTHING);
          default:
            return end(new UnavailableError(`the log answered ${msg.headers?.code}`));
        }
      });
      const ask = (): void => {
        offReconnect?.();
        this.#link.nc.publish(directGetSubject(stream), JSON.stringify(request), {
          reply: `${this.#inbox}.${token}`,
        });
      };
      // Another connection that is back sooner may ask already.
      if (this.#link.connected()) ask();
      else offReconnect = this.#link.onReconnect(ask);
    }).finally(() => {
      this.#open.delete(token);
      offReconnect?.();
    });
  }
}

const END_OF_BATCH = 204;
const NOT_FOUND = 404;

function entryOf(msg: Msg, first: (name: string) => string): Entry {
  const instant = instantOfText(first("Nats-Time-Stamp"));
  return {
    ...parseEntrySubject(first("Nats-Subject")),
    seq: Number(first("Nats-Sequence")),
    at: msOf(instant),
    instant,
    raw: msg.string(),
  };
}
