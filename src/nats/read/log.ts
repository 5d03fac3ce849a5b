import type { Entry } from "../../events/entry.ts";
import type { Owner } from "../../events/owner.ts";
import { latest } from "../../events/position.ts";
import type { Link } from "../connection.ts";
import {
  followedOf,
  mailboxOf,
  mailboxStream,
  ownerSubject,
  parseEntrySubject,
} from "../subjects.ts";
import type { Topology } from "../topology.ts";
import { reader, type Reader } from "./fair.ts";
import { CrowdReading, forActors, forSessions } from "./crowd.ts";
import { entriesAt } from "./entriesat.ts";
import { askersMax, DirectGets, type Found } from "./gets.ts";
import { insist } from "./insist.ts";
import { JointLasts } from "./lasts.ts";
import { MailboxReading, type Heads, type Page } from "./reading.ts";
import { NOBODY, Scan } from "./scan.ts";
import { GROWING, Slice, SMALL, type Pages } from "./slice.ts";
import { CROWD_LOGS_CHARS_MAX } from "./crowdlog.ts";

/** Heads of many mailboxes are asked for again soon, maybe with another bound: this one may be wrong. */
const HEADS_MS = 2_000;
/** Mailboxes whose heads are asked for in one question, three subjects each: 44, which take the broker 1 ms. */
const MAILBOXES_AT_ONCE = askersMax(3);
/** With so many who read a stream or are about to, mailboxes are read together: each would walk over the same entries. */
const CROWD = 32;

/** The subjects of a mailbox that are read, and in which pages. */
interface Part {
  readonly subjects: readonly string[];
  readonly pages: Pages;
}

interface Wish {
  readonly subjects: readonly string[];
  /** The replica that answers has the stream so far. */
  readonly atLeast: number;
  readonly by: Reader;
}

/**
 * Reads a mailbox from the log: its exact subjects by batched direct get, merged by seq (a wildcard
 * would scan every block: docs/adr/0002). Any replica may answer, and one that is behind, or a mirror
 * with half of the subjects, answers as if there were no more. So a read rests on what an answer says
 * of itself: heads count up to the seq that its replica has, and only with the stream's own entry; a
 * page counts as far as it reaches, and not at all when it ends before the seq that the heads named.
 */
export class MailboxLog {
  /** Asks other streams, too. */
  readonly gets: DirectGets;
  readonly #topology: Topology;
  /** By the number of the stream. */
  readonly #scans = new Map<number, Scan>();
  readonly #lasts = new Map<number, JointLasts>();
  readonly #room = { chars: CROWD_LOGS_CHARS_MAX };

  constructor(link: Link, topology: Topology) {
    this.gets = new DirectGets(link);
    this.#topology = topology;
  }

  start(): void {
    this.gets.start();
  }

  stop(): void {
    this.gets.stop();
  }

  /**
   * Begins to read the entries of `owner` behind `after`, before it is known how far. In a crowd it waits
   * for that, and is read together with others. `coming`: those who are about to read, as long as it is asked.
   */
  begin(owner: string, after: number, coming = NOBODY): MailboxReading | CrowdReading {
    const range = this.#crowdOf(owner, after, { subjects: followedOf(owner), pages: GROWING });
    if (range.crowd() + coming.size < CROWD) return range.alone(after);
    const crowd = (): number => range.crowd() + coming.size;
    return new CrowdReading({ ...range, crowd, coming, worth: forSessions });
  }

  #crowdOf(owner: string, after: number, part: Part) {
    const k = this.#topology.partitionOf(owner);
    const scan = this.#scanOf(k);
    const isRead = isOn(part.subjects);
    return {
      owner,
      after,
      scan,
      crowd: () => this.gets.waitingFor(mailboxStream(k)) + this.#lastsOf(k).waiting + scan.size,
      alone: (from: number) => this.#alone(owner, from, part),
      dated: (entries: readonly Found[]) => this.#dated(k, entries.filter(isRead)),
    };
  }

  #alone(owner: string, after: number, { subjects, pages }: Part): MailboxReading {
    const k = this.#topology.partitionOf(owner);
    const by = reader();
    const slices = subjects.map((subject): [Entry["kind"], Slice] => [
      parseEntrySubject(subject).kind,
      new Slice(subject, after, (request) => this.gets.ask(mailboxStream(k), request, by), pages),
    ]);
    return new MailboxReading({
      after,
      slices: new Map(slices),
      heads: (atLeast) => this.#headsOf(k, owner, { atLeast, by }),
      dated: (entries) => this.#dated(k, entries),
      by,
    });
  }

  #scanOf(k: number): Scan {
    const known = this.#scans.get(k);
    if (known !== undefined) return known;
    const scan = new Scan({
      ask: (request, by) => this.gets.ask(mailboxStream(k), request, by),
      prepare: () => this.#heads(k, { subjects: [], atLeast: 0, by: reader() }),
      life: () => lifeOf(this.#topology.owners.of(k).owner),
      room: this.#room,
    });
    this.#scans.set(k, scan);
    return scan;
  }

  /** Spelled out: an object spread costs thirty times as much. */
  #dated(k: number, found: readonly Found[]): Entry[] {
    const { owners } = this.#topology;
    return found.map((entry) => {
      const { kind, owner, seq, at, instant, raw } = entry;
      const generation = owners.generationAt(k, seq);
      return kind === "group"
        ? { ...entry, generation }
        : { kind, owner, seq, at, generation, instant, raw };
    });
  }

  /**
   * Every entry of `owner` in (after, upTo], in order, in pages; the stream reaches `upTo`. Very many who read at once read together.
   * @throws UnavailableError when the broker does not answer, or no replica catches up within 20 s.
   */
  async *read(owner: string, after: number, upTo: number): AsyncGenerator<Page> {
    if (after >= upTo) return;
    const whole = this.#crowdOf(owner, after, { subjects: mailboxOf(owner), pages: SMALL });
    const range = { ...whole, coming: NOBODY, worth: forActors };
    yield* new CrowdReading(range).pages(upTo);
  }

  /**
   * The entries of stream `k` at these seqs, whoever's mailbox they are of, but for those that are gone. They have all
   * been read before, so a replica that has not come so far is asked again.
   * @throws UnavailableError when the broker does not answer, or no replica catches up within 20 s.
   */
  async at(k: number, seqs: readonly number[]): Promise<Entry[]> {
    const found = await entriesAt(seqs, (request, by) =>
      this.gets.ask(mailboxStream(k), request, by),
    );
    return this.#dated(k, found);
  }

  /**
   * How far the mailbox reaches, as a replica knows that has the stream up to `atLeast`; 0: it is
   * empty. To read to here misses nothing: a read without a known end might see an entry of one
   * subject and not yet an earlier one of another.
   * @throws UnavailableError when the broker does not answer, or no replica catches up within 20 s.
   */
  async head(owner: string, atLeast = 0): Promise<number> {
    const k = this.#topology.partitionOf(owner);
    const { lasts } = await this.#headsOf(k, owner, { atLeast, by: reader() });
    return Math.max(0, ...lasts.filter(isOn(followedOf(owner))).map(({ seq }) => seq));
  }

  /**
   * How far mailboxes of stream `k` reach, as a replica knows that has the stream up to `atLeast`, by user; who has no entry
   * is not in it. No more users at once than the broker answers for, 340.
   * @throws UnavailableError when the broker does not answer, or no replica has come so far within 2 s.
   */
  async heads(k: number, users: readonly string[], atLeast: number): Promise<Map<string, number>> {
    const heads = new Map<string, number>();
    for (const { owner, seq } of await this.lasts(k, users, atLeast))
      heads.set(owner, Math.max(seq, heads.get(owner) ?? 0));
    return heads;
  }

  /** The last entries of mailboxes on the subjects that are followed, with their envelopes; else as `heads`, of a group one subject. */
  async lasts(k: number, owners: readonly string[], atLeast: number): Promise<readonly Found[]> {
    const by = reader();
    const late = setTimeout(() => (by.gone = true), HEADS_MS);
    const subjects = owners.flatMap(followedOf);
    const { lasts } = await this.#heads(k, { subjects, atLeast, by }).finally(() =>
      clearTimeout(late),
    );
    return lasts;
  }

  /** The heads of one mailbox of stream `k`, asked for together with those of others. */
  #headsOf(k: number, owner: string, { atLeast, by }: Omit<Wish, "subjects">): Promise<Heads> {
    return insist(by, async () => {
      const found = await this.#lastsOf(k).ask(owner);
      if (found === undefined || found.upTo < atLeast) return undefined;
      return { lasts: found.entries, upTo: found.upTo };
    });
  }

  #lastsOf(k: number): JointLasts {
    const known = this.#lasts.get(k);
    if (known !== undefined) return known;
    const lasts = new JointLasts({
      gets: this.gets,
      stream: mailboxStream(k),
      subjectsOf: mailboxOf,
      along: ownerSubject(k),
      atOnce: MAILBOXES_AT_ONCE,
      isAnswer: ({ entries }) => this.#hear(k, entries),
    });
    this.#lasts.set(k, lasts);
    return lasts;
  }

  /** Hears what the stream says of itself. False: the answer lacks it, and says nothing of others. */
  #hear(k: number, entries: readonly Found[]): boolean {
    const own = entries.find(({ kind }) => kind === "owner");
    if (own !== undefined) this.#topology.owners.hear(k, own.seq, own.raw);
    return own !== undefined;
  }

  /** The heads of subjects of stream `k`, and what the stream says of itself by then. */
  #heads(k: number, { subjects, atLeast, by }: Wish): Promise<Heads> {
    const multi_last = [...subjects, ownerSubject(k)];
    return insist(by, async () => {
      const { entries, upTo } = await this.gets.ask(mailboxStream(k), { multi_last }, by);
      if (upTo < atLeast || !this.#hear(k, entries)) return undefined;
      return { lasts: entries.filter(({ kind }) => kind !== "owner"), upTo };
    });
  }
}

/** The life of a stream and its generation: entries of another are others. */
const lifeOf = ({ epoch, marks }: Owner): string => `${epoch} ${latest(marks)}`;

/** Does an entry of a mailbox lie on one of these subjects of it? */
function isOn(subjects: readonly string[]): (entry: Found) => boolean {
  const kinds = new Set(subjects.map((subject) => parseEntrySubject(subject).kind));
  return ({ kind }) => kinds.has(kind);
}
