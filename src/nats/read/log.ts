import { createInbox, type Msg } from "@nats-io/transport-node";
import type { Entry } from "../../events/entry.ts";
import { reason, type Link } from "../connection.ts";
import { UnavailableError } from "../publish/publisher.ts";
import {
  copySubject,
  directGetSubject,
  factSubject,
  leaderGetSubject,
  mailboxStream,
  parseEntrySubject,
  partitionOf,
} from "../subjects.ts";
import type { Topology } from "../topology.ts";

const PAGE_ENTRIES = 1_000;
const PAGE_BYTES = 512 * 1024;
const ANSWER_MS = 5_000;
/** Reads under way at once: long reads stall the writers of the same stream. */
const READS_MAX = 16;
/** Pause before asking again a replica that has not stored the last entry yet. */
const LAG_MS = 20;
const LAG_TRIES = 250;

/** What the leader may take to answer, and how long there may be none: longer than any election seen. */
const LEADER_MS = 1_000;
const ELECTION_MS = 20_000;
/** The broker's number for "no message found". */
const NO_MESSAGE = 10_037;

type LeaderQuery =
  | { readonly last_by_subj: string }
  | { readonly seq: number; readonly next_by_subj: string };
interface LeaderAnswer {
  readonly message?: { readonly seq: number };
  readonly error?: { readonly err_code: number; readonly description: string };
}

interface Part {
  readonly entries: Entry[];
  /** How many more there are behind the last. */
  pending: number;
}
interface CertainPart extends Part {
  /** Up to here it has everything of its subject. */
  readonly end: number;
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
   * Every entry of `owner` in (after, upTo], in order, in pages; the stream reaches `upTo`.
   * @throws UnavailableError when the broker does not answer, or a replica does not catch up.
   */
  async *read(owner: string, after: number, upTo: number): AsyncGenerator<Page> {
    const partition = partitionOf(owner, this.#topology.partitions);
    const stream = mailboxStream(partition);
    const subjects = [factSubject(partition, owner), copySubject(partition, owner)];
    let from = after + 1;
    for (let lags = 0; from <= upTo;) {
      const parts = await Promise.all(
        subjects.map((subject) => this.#part(stream, subject, from, upTo)),
      );
      const known = Math.min(upTo, ...parts.map(({ end }) => end));
      const entries = merge(parts, known);
      const fetched = parts.reduce((sum, part) => sum + part.entries.length + part.pending, 0);
      if (entries.length > 0) yield { entries, pending: fetched - entries.length };
      if (known < from) {
        if (++lags > LAG_TRIES) throw new UnavailableError("a replica does not catch up");
        await new Promise((done) => setTimeout(done, LAG_MS));
      }
      from = known + 1;
    }
  }

  /**
   * How far the mailbox reaches; 0: it is empty. Reading to here misses nothing: a read without a
   * known end might see an entry of one subject and not yet an earlier one of the other.
   * @throws UnavailableError when the broker does not answer.
   */
  async head(owner: string): Promise<number> {
    const partition = partitionOf(owner, this.#topology.partitions);
    const stream = mailboxStream(partition);
    const subjects = [factSubject(partition, owner), copySubject(partition, owner)];
    if (this.#topology.replicas > 1) {
      const ask = (subject: string) => this.#leader(stream, { last_by_subj: subject });
      return Math.max(0, ...(await Promise.all(subjects.map(ask))));
    }
    const { entries } = await this.#request(stream, { multi_last: subjects });
    return Math.max(0, ...entries.map(({ seq }) => seq));
  }

  async #part(stream: string, subject: string, from: number, upTo: number): Promise<CertainPart> {
    const part = await this.#request(stream, {
      seq: from,
      batch: PAGE_ENTRIES,
      max_bytes: PAGE_BYTES,
      next_by_subj: subject,
    });
    const last = part.entries.at(-1)?.seq ?? from - 1;
    if (part.pending > 0) return { ...part, end: last };
    if (last >= upTo || this.#topology.replicas === 1) return { ...part, end: upTo };
    // A replica may be behind, and the two subjects are not answered at the same moment.
    const next = await this.#leader(stream, { seq: last + 1, next_by_subj: subject });
    return { ...part, end: next === 0 ? upTo : next - 1 };
  }

  /**
   * The seq of an entry as the stream's leader knows it, which is never behind; 0: there is none.
   * A leader that has died has a successor in a few seconds.
   */
  async #leader(stream: string, query: LeaderQuery): Promise<number> {
    const deadline = performance.now() + ELECTION_MS;
    for (;;) {
      try {
        return await this.#slot(() => this.#askLeader(stream, query));
      } catch (error) {
        if (performance.now() > deadline)
          throw new UnavailableError(`the log has no leader: ${reason(error)}`);
        await new Promise((done) => setTimeout(done, LAG_MS));
      }
    }
  }

  async #askLeader(stream: string, query: LeaderQuery): Promise<number> {
    const options = { timeout: LEADER_MS };
    const text = JSON.stringify(query);
    const answer = await this.#link.nc.request(leaderGetSubject(stream), text, options);
    const { message, error } = answer.json<LeaderAnswer>();
    if (message !== undefined) return message.seq;
    if (error?.err_code === NO_MESSAGE) return 0;
    throw new Error(error?.description ?? "no answer");
  }

  #request(stream: string, request: object): Promise<Part> {
    return this.#slot(async () => {
      const token = (this.#tokens++).toString(36);
      try {
        return await this.#ask(token, stream, request);
      } finally {
        this.#open.delete(token);
        this.#offReconnect.get(token)?.();
        this.#offReconnect.delete(token);
      }
    });
  }

  /** Does it when fewer than {@link READS_MAX} are under way. */
  async #slot<T>(work: () => Promise<T>): Promise<T> {
    if (this.#reads < READS_MAX) this.#reads++;
    else await new Promise<void>((go) => this.#queue.push(go));
    try {
      return await work();
    } finally {
      // Whoever has waited takes the place over.
      const next = this.#queue.shift();
      if (next === undefined) this.#reads--;
      else next();
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
const merge = (parts: readonly Part[], upTo: number): Entry[] =>
  parts
    .flatMap(({ entries }) => entries)
    .filter(({ seq }) => seq <= upTo)
    .toSorted((a, b) => a.seq - b.seq);
