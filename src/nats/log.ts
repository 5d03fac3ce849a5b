import { createInbox, type Msg } from "@nats-io/transport-node";
import type { Entry } from "../events/event.ts";
import type { Link } from "./connection.ts";
import { UnavailableError } from "./publisher.ts";
import {
  copySubject,
  directGetSubject,
  factSubject,
  mailboxStream,
  parseEntrySubject,
  partitionOf,
} from "./subjects.ts";
import type { Topology } from "./topology.ts";

const PAGE_ENTRIES = 500;
const PAGE_BYTES = 512 * 1024;
const ANSWER_MS = 5_000;
/** Reads under way at once: long reads stall the writers of the same stream. */
const READS_MAX = 16;
/** Pause before asking again a replica that has not stored the last entry yet. */
const LAG_MS = 20;
const LAG_TRIES = 250;

interface Part {
  entries: Entry[];
  /** How many more there are behind the last. */
  pending: number;
}

/** Some entries of a mailbox, and how many may follow. */
export interface Page {
  readonly entries: readonly Entry[];
  readonly pending: number;
}

/**
 * Reads a mailbox from the log: its two exact subjects by batched direct get, merged by seq
 * (a wildcard would scan every block: docs/adr/0002). On a connection of its own.
 */
export class MailboxLog {
  readonly #link: Link;
  readonly #topology: Topology;
  readonly #inbox = createInbox("_INBOX_posthorn");
  readonly #open = new Map<string, (msg: Msg) => void>();
  /** Questions that wait for the link to be back. */
  readonly #offReconnect = new Map<string, () => void>();
  readonly #queue: (() => void)[] = [];
  #reads = 0;
  #tokens = 0;

  constructor(link: Link, topology: Topology) {
    this.#link = link;
    this.#topology = topology;
    link.nc.subscribe(`${this.#inbox}.*`, {
      callback: (_error, msg) => this.#open.get(msg.subject.slice(this.#inbox.length + 1))?.(msg),
    });
  }

  /**
   * Every entry of `owner` in (after, upTo], in order, in pages. `upTo` must be known to exist in
   * the owner's mailbox when `exact`: a replica that does not have it yet is asked again.
   * @throws UnavailableError when the broker does not answer.
   */
  async *read(owner: string, after: number, upTo: number, exact = false): AsyncGenerator<Page> {
    const partition = partitionOf(owner, this.#topology.partitions);
    const stream = mailboxStream(partition);
    const subjects = [factSubject(partition, owner), copySubject(partition, owner)] as const;
    let from = after + 1;
    for (let lags = 0; from <= upTo;) {
      const [facts, copies] = (await Promise.all(
        subjects.map((subject) => this.#part(stream, subject, from)),
      )) as [Part, Part];
      const known = Math.min(end(facts), end(copies));
      const entries = merge(facts, copies, Math.min(known, upTo));
      const last = entries.at(-1)?.seq ?? 0;
      if (entries.length > 0) yield { entries, pending: facts.pending + copies.pending };
      if (last >= upTo) return;
      if (known >= upTo) {
        if (!exact || ++lags > LAG_TRIES) return;
        await new Promise((done) => setTimeout(done, LAG_MS));
      }
      from = Math.max(from, last + 1);
    }
  }

  /**
   * How far the mailbox reaches; 0: it is empty. Reading to here misses nothing: a read without a
   * known end might see an entry of one subject and not yet an earlier one of the other.
   * @throws UnavailableError when the broker does not answer.
   */
  async head(owner: string): Promise<number> {
    const partition = partitionOf(owner, this.#topology.partitions);
    const { entries } = await this.#request(mailboxStream(partition), {
      multi_last: [factSubject(partition, owner), copySubject(partition, owner)],
    });
    return Math.max(0, ...entries.map(({ seq }) => seq));
  }

  #part(stream: string, subject: string, seq: number): Promise<Part> {
    return this.#request(stream, {
      seq,
      batch: PAGE_ENTRIES,
      max_bytes: PAGE_BYTES,
      next_by_subj: subject,
    });
  }

  async #request(stream: string, request: object): Promise<Part> {
    if (this.#reads >= READS_MAX) await new Promise<void>((go) => this.#queue.push(go));
    this.#reads++;
    const token = (this.#tokens++).toString(36);
    try {
      return await this.#ask(token, stream, request);
    } finally {
      this.#open.delete(token);
      this.#offReconnect.get(token)?.();
      this.#offReconnect.delete(token);
      this.#reads--;
      this.#queue.shift()?.();
    }
  }

  #ask(token: string, stream: string, request: object): Promise<Part> {
    const part: Part = { entries: [], pending: 0 };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new UnavailableError("the log does not answer")),
        ANSWER_MS,
      );
      this.#open.set(token, (msg) => {
        const status = msg.headers?.code ?? 0;
        if (status === 0) {
          const entry = entryOf(msg);
          if (entry === undefined) return;
          part.entries.push(entry.entry);
          part.pending = entry.pending;
          return;
        }
        clearTimeout(timer);
        // 204: end of the batch; 404: nothing there. Anything else: no leader, no stream.
        if (status === 204 || status === 404) resolve(part);
        else reject(new UnavailableError(`the log answered ${status}`));
      });
      const ask = (): void => {
        this.#offReconnect.get(token)?.();
        this.#link.nc.publish(directGetSubject(stream), JSON.stringify(request), {
          reply: `${this.#inbox}.${token}`,
        });
      };
      // Somebody whose link is back sooner may ask already.
      if (this.#link.connected()) ask();
      else this.#offReconnect.set(token, this.#link.onReconnect(ask));
    });
  }
}

function entryOf(msg: Msg): { entry: Entry; pending: number } | undefined {
  if (msg.headers === undefined) return undefined;
  // One walk: to ask for each by name is a search through all of them.
  const told = new Map(msg.headers);
  const first = (name: string): string => told.get(name)?.[0] ?? "";
  return {
    entry: {
      ...parseEntrySubject(first("Nats-Subject")),
      seq: Number(first("Nats-Sequence")),
      at: Date.parse(first("Nats-Time-Stamp")),
      raw: msg.string(),
    },
    pending: Number(first("Nats-Num-Pending")),
  };
}

/** By seq, up to `upTo`. */
const merge = (a: Part, b: Part, upTo: number): Entry[] =>
  [...a.entries, ...b.entries]
    .filter((entry) => entry.seq <= upTo)
    .toSorted((x, y) => x.seq - y.seq);

/** How far a part speaks for its subject: behind the end of an unfinished one nothing is certain. */
const end = (part: Part): number =>
  part.pending === 0 ? Number.POSITIVE_INFINITY : (part.entries.at(-1)?.seq ?? 0);
