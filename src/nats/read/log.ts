import type { Entry } from "../../events/entry.ts";
import type { Link } from "../connection.ts";
import { mailboxOf, mailboxStream, ownerSubject, parseEntrySubject } from "../subjects.ts";
import type { Topology } from "../topology.ts";
import { reader, type Reader } from "./fair.ts";
import { DirectGets } from "./gets.ts";
import { insist } from "./insist.ts";
import { MailboxReading, type Heads, type Page } from "./reading.ts";
import { Slice } from "./slice.ts";

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

  /** Begins to read the entries of `owner` behind `after`, before it is known how far. */
  begin(owner: string, after: number): MailboxReading {
    const k = this.#topology.partitionOf(owner);
    const { owners } = this.#topology;
    const by = reader();
    const slices = mailboxOf(owner).map((subject): [Entry["kind"], Slice] => [
      parseEntrySubject(subject).kind,
      new Slice(subject, after, (request) => this.#gets.ask(mailboxStream(k), request, by)),
    ]);
    return new MailboxReading({
      after,
      slices: new Map(slices),
      heads: (atLeast) => this.#heads(owner, atLeast, by),
      generationAt: (seq) => owners.generationAt(k, seq),
      by,
    });
  }

  /**
   * Every entry of `owner` in (after, upTo], in order, in pages; the stream reaches `upTo`.
   * @throws UnavailableError when the broker does not answer, or no replica catches up within 20 s.
   */
  async *read(owner: string, after: number, upTo: number): AsyncGenerator<Page> {
    if (after < upTo) yield* this.begin(owner, after).pages(upTo);
  }

  /**
   * How far the mailbox reaches, as a replica knows that has the stream up to `atLeast`; 0: it is
   * empty. MailboxReading to here misses nothing: a read without a known end might see an entry of one
   * subject and not yet an earlier one of another.
   * @throws UnavailableError when the broker does not answer, or no replica catches up within 20 s.
   */
  async head(owner: string, atLeast = 0): Promise<number> {
    const { lasts } = await this.#heads(owner, atLeast, reader());
    return Math.max(0, ...lasts.map(({ seq }) => seq));
  }

  #heads(owner: string, atLeast: number, by: Reader): Promise<Heads> {
    const k = this.#topology.partitionOf(owner);
    const multi_last = [...mailboxOf(owner), ownerSubject(k)];
    return insist(by, async () => {
      const { entries, upTo } = await this.#gets.ask(mailboxStream(k), { multi_last }, by);
      const own = entries.find(({ kind }) => kind === "owner");
      if (upTo < atLeast || own === undefined) return undefined;
      this.#topology.owners.hear(k, own.seq, own.raw);
      return { lasts: entries.filter(({ kind }) => kind !== "owner"), upTo };
    });
  }
}
