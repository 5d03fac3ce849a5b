import type { Entry } from "../../events/entry.ts";
import type { Link } from "../connection.ts";
import { UnavailableError } from "../publish/publisher.ts";
import { mailboxOf, mailboxStream, ownerSubject } from "../subjects.ts";
import type { Topology } from "../topology.ts";
import { DirectGets } from "./gets.ts";
import { Slice } from "./slice.ts";

/** Pause before asking again, when an answer was none: a replica may be behind. */
const PAUSE_MS = 20;
/** So often in a row without an answer that brings the read on: as long as an election takes. */
const TRIES = 1_000;

/** Some entries of a mailbox, and how many may follow. */
export interface Page {
  readonly entries: readonly Entry[];
  readonly pending: number;
}

/** The last entry of each subject of a mailbox that has one, as far as `upTo`. */
interface Heads {
  readonly lasts: readonly Entry[];
  readonly upTo: number;
}

/**
 * Reads a mailbox from the log: its exact subjects by batched direct get, merged by seq (a wildcard
 * would scan every block: docs/adr/0002). Any replica may answer, and one that is behind, or a mirror
 * with half of the subjects, answers as if there were no more. So a read rests on what an answer says
 * of itself: heads count up to the seq that its replica has, and only with the stream's own entry; a
 * page counts as far as it reaches, and not at all when it ends before the seq that the heads named.
 */
export class MailboxLog {
  readonly #gets: DirectGets;
  readonly #topology: Topology;

  constructor(link: Link, topology: Topology) {
    this.#gets = new DirectGets(link);
    this.#topology = topology;
  }

  /**
   * Every entry of `owner` in (after, upTo], in order, in pages; the stream reaches `upTo`.
   * @throws UnavailableError when the broker does not answer, or no replica catches up within 20 s.
   */
  async *read(owner: string, after: number, upTo: number): AsyncGenerator<Page> {
    if (after >= upTo) return;
    const { lasts } = await this.#heads(owner, upTo);
    const { owners } = this.#topology;
    const k = this.#topology.partitionOf(owner);
    const stream = mailboxStream(k);
    const slices = mailboxOf(owner).flatMap((subject) => {
      const last = lasts.find(({ kind }) => subject.startsWith(`${kind}.`))?.seq ?? 0;
      return last > after ? [new Slice(this.#gets, { stream, subject, after, upTo, last })] : [];
    });
    for (let known = after; known < upTo;) {
      await this.#insist(async () => {
        await Promise.all(slices.map((slice) => slice.fetch()));
        return slices.every(({ ready }) => ready) ? true : undefined;
      });
      known = Math.min(upTo, ...slices.map(({ end }) => end));
      const entries = slices
        .flatMap((slice) => slice.take(known))
        .toSorted((a, b) => a.seq - b.seq)
        .map((entry) => ({ ...entry, generation: owners.generationAt(k, entry.seq) }));
      const pending = slices.reduce((sum, slice) => sum + slice.left, 0);
      if (entries.length > 0) yield { entries, pending };
    }
  }

  /**
   * How far the mailbox reaches, as a replica knows that has the stream up to `atLeast`; 0: it is
   * empty. Reading to here misses nothing: a read without a known end might see an entry of one
   * subject and not yet an earlier one of another.
   * @throws UnavailableError when the broker does not answer, or no replica catches up within 20 s.
   */
  async head(owner: string, atLeast = 0): Promise<number> {
    const { lasts } = await this.#heads(owner, atLeast);
    return Math.max(0, ...lasts.map(({ seq }) => seq));
  }

  #heads(owner: string, atLeast: number): Promise<Heads> {
    const k = this.#topology.partitionOf(owner);
    const multi_last = [...mailboxOf(owner), ownerSubject(k)];
    return this.#insist(async () => {
      const { entries, upTo } = await this.#gets.ask(mailboxStream(k), { multi_last });
      const own = entries.find(({ kind }) => kind === "owner");
      if (upTo < atLeast || own === undefined) return undefined;
      this.#topology.owners.hear(k, own.seq, own.raw);
      return { lasts: entries.filter(({ kind }) => kind !== "owner"), upTo };
    });
  }

  /** Asks until there is an answer that counts. */
  async #insist<Answer>(ask: () => Promise<Answer | undefined>): Promise<Answer> {
    for (let tries = 0; tries < TRIES; tries++) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
    throw new UnavailableError("no replica has the log as far as it is needed");
  }
}
