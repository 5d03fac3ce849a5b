import { open } from "../../src/events/entry.ts";
import type { Mail } from "../../src/events/event.ts";
import { generationAt, latest, type Mark } from "../../src/events/position.ts";
import type { Resync } from "../../src/protocol/frames/mailbox.ts";
import type { Stored } from "./stream.ts";
import type { Program } from "./time.ts";
import { isMailbox, type Cluster } from "./cluster.ts";
import { mailboxStream, parseEntrySubject } from "../../src/nats/subjects.ts";
import type { Finding, Reader, Witness } from "./line.ts";
import { partitionOf } from "./machines.ts";

/** A head that is called confirmed may be so old: the owner has 3 s for an entry, and 2.5 s pass in silence. */
const HEAD_MS = 6_500;
/** Behind a replica that took nothing its reader comes up to date in this. */
const STARVED_MS = 3_000;

/** An entry of a mailbox. */
export interface Mailed extends Stored {
  readonly kind: string;
  readonly owner: string;
  /** The number of its stream. */
  readonly k: number;
}

/** A loss of a stream: everything behind `end`. */
interface Cut {
  readonly k: number;
  readonly end: number;
  /** The first seq of the generation that has to begin for it. */
  readonly from: number;
  /** The generation that the stream is in with what is left of it. */
  readonly generation: number;
}

/** The history of one run: the entries in the order of the log, and the things that devices came to know. */
export class History implements Witness {
  readonly findings: Finding[] = [];
  readonly mailboxes = new Map<string, Mailed[]>();
  readonly streams: Mailed[][] = [[], []];
  /** Checkpoints as they were saved: of which stream, up to where, and behind which entry of any stream. */
  readonly checkpoints: { k: number; position: number; order: number }[] = [];
  /** Sends that were acknowledged. */
  readonly acked = new Set<string>();
  readonly cuts: Cut[] = [];
  /** Sends that lay in the log, were lost in a roll-back, and are not stored again. */
  readonly lost = new Set<string>();
  /** Sends that were ever lost: whom their copies have reached, they may reach once more. */
  readonly everLost = new Set<string>();
  /** By author and cause, the place of the first copy in the order of all that was stored. */
  readonly told = new Map<string, number>();
  /** Gateways that the registry calls dead. */
  readonly dead = new Set<string>();
  /** Entries that tell of owners and sessions. */
  readonly marks: { at: number; words: string }[] = [];
  readonly counts = {
    acks: 0,
    claims: 0,
    deaths: 0,
    resumes: 0,
    resyncs: 0,
    doubled: 0,
    void: 0,
    generations: 0,
    groupFacts: 0,
    refused: 0,
  };
  /** Sends that lie in the log. */
  readonly #sent = new Set<string>();
  readonly #cluster: Cluster;
  readonly #began: number;

  /** `claimed`: is told of the program that has claimed a stream. */
  constructor(cluster: Cluster, claimed: (by: Program) => void) {
    this.#cluster = cluster;
    this.#began = cluster.time.now;
    cluster.onStored = (stream, entry, by) => {
      this.#stored(stream, entry);
      if (entry.data.includes("OwnerClaimed")) claimed(by);
    };
  }

  wrong(rule: string, words: string): void {
    this.findings.push({ rule, words, at: this.#cluster.time.now - this.#began });
  }

  acks(cid: string): void {
    // An answer that was under way when its entry was lost comes all the same.
    if (!this.#sent.has(cid) && !this.everLost.has(cid))
      this.wrong("early", `${cid} is acknowledged, and not stored`);
    if (!this.acked.has(cid)) this.counts.acks++;
    this.acked.add(cid);
  }

  caughtUp(by: Reader, from: number, seq: number): void {
    const missed = this.mailbox(by.user).filter((entry) => entry.seq > from && entry.seq <= seq);
    if (from > 0 && missed.some(({ kind }) => kind !== "session")) this.counts.resumes++;
    const { length } = this.mailbox(by.user).filter((entry) => entry.seq <= seq);
    if (by.diary.taken < length && !this.#hasLostUnnoticed(partitionOf(by.user)))
      this.wrong(
        "hole",
        `${by.id} is caught up to ${seq} with ${by.diary.taken} of ${length} entries`,
      );
  }

  /** Has a stream lost something, and no generation begun for it? Nobody can know yet; whoever is there is told to resynchronise then. */
  #hasLostUnnoticed(k: number): boolean {
    const now = latest(this.marksOf(k));
    return this.cuts.some((cut) => cut.k === k && cut.generation === now);
  }

  resync(by: Reader, { seq, reason }: Resync): readonly Mail[] {
    this.counts.resyncs++;
    this.remark(`${by.id} is told to resynchronise at ${seq}: ${reason}`);
    const mailbox = this.mailbox(by.user);
    if (!this.cuts.some(({ k }) => k === partitionOf(by.user)))
      this.wrong("resync", `${by.id} is told to resynchronise: ${reason}`);
    return this.mails(mailbox.filter((entry) => entry.seq <= seq));
  }

  /** The beginnings of the generations of a stream, as its last word about itself has them. */
  marksOf(k: number): readonly Mark[] {
    const last = this.streams[k]?.findLast(({ kind }) => kind === "owner");
    return last === undefined ? [] : (JSON.parse(last.data) as { marks: Mark[] }).marks;
  }

  /** Entries of one mailbox, opened. */
  mails(entries: readonly Mailed[]): Mail[] {
    const marks = this.marksOf(entries[0]?.k ?? 0);
    return entries.map(({ kind, owner, seq, at, data: raw }) => {
      const generation = generationAt(marks, seq);
      const place = { kind: kind as "fact", owner, seq, at: Math.floor(at), generation, raw };
      return open(place) as Mail;
    });
  }

  /**
   * A stream is another one now: it has these entries. `from`: the first seq of the generation that has to begin for it. `isKnown`:
   * acknowledged sends that have gone may be missing. Losses behind the first `stands` are made good by it.
   */
  becomes(
    k: number,
    now: readonly Stored[],
    { from, isKnown, stands }: { from: number; isKnown: boolean; stands: number },
  ): void {
    const before = this.streams[k]!;
    const orders = new Set(now.map(({ order }) => order));
    const gone = before.filter(({ order }) => !orders.has(order));
    this.streams[k] = [];
    for (const [user, mailbox] of this.mailboxes) if (partitionOf(user) === k) mailbox.length = 0;
    for (const entry of now) this.#append(k, entry);
    for (const entry of gone) {
      const sent = sentIn(entry);
      if (sent === undefined) continue;
      this.#sent.delete(sent);
      this.everLost.add(sent);
      if (isKnown) this.lost.add(sent);
    }
    for (let i = this.cuts.length - 1; i >= stands; i--)
      if (this.cuts[i]!.k === k) this.cuts.splice(i, 1);
    const end = now.length;
    this.cuts.push({ k, end, from, generation: latest(this.marksOf(k)) });
    this.remark(`stream ${k} ends at ${end}, having lost ${gone.length} entries`);
  }

  /** Takes an entry down as the next of its stream. */
  #append(k: number, entry: Stored): Mailed {
    const mailed = { ...entry, ...parseEntrySubject(entry.subject), k };
    this.streams[k]!.push(mailed);
    const sent = sentIn(mailed);
    if (sent !== undefined) {
      this.#sent.add(sent);
      this.lost.delete(sent);
    }
    if (mailed.kind !== "owner") this.mailbox(mailed.owner).push(mailed);
    return mailed;
  }

  head(by: Reader, head: number): void {
    const { now } = this.#cluster.time;
    const until = now - HEAD_MS;
    const last = this.mailbox(by.user).findLast(({ at }) => at <= until);
    // An owner whose reader is starved beats, and is behind.
    const isStarved = (k: number): boolean =>
      this.#cluster
        .stream(mailboxStream(k))
        .replicas.some((each) => each.stuckUntil > now - STARVED_MS);
    if (last !== undefined && last.seq > head && !isStarved(last.k))
      this.wrong(
        "false head",
        `${by.id} is told that ${by.user} ends at ${head}, and ${last.seq} is there`,
      );
  }

  mailbox(user: string): Mailed[] {
    let found = this.mailboxes.get(user);
    if (found === undefined) this.mailboxes.set(user, (found = []));
    return found;
  }

  /** Notes what has happened, for the timeline of a run. */
  remark(words: string): void {
    this.marks.push({ at: this.#cluster.time.now - this.#began, words });
  }

  #mark({ subject, data, seq }: Mailed): void {
    const { type, owner, deviceId, reason } = JSON.parse(data) as {
      type: string;
      owner?: { incarnation: string };
      deviceId?: string;
      reason?: string;
    };
    const who = deviceId ?? reason ?? owner?.incarnation ?? "";
    if (type === "EndAsked" || type === "HeadAsked") return;
    this.remark(`${subject} ${seq}: ${type} ${who}`);
  }

  #stored(stream: string, entry: Stored): void {
    const { subject, data, order } = entry;
    const k = Number(/_(\d+)$/.exec(stream)?.[1]);
    if (isMailbox(stream)) {
      const mailed = this.#append(k, entry);
      if (mailed.kind === "copy" || mailed.kind === "ask") this.#copied(mailed);
      if (data.includes("OwnerClaimed")) this.counts.claims++;
      if (mailed.kind === "owner" || mailed.kind === "session") this.#mark(mailed);
    } else if (subject === `checkpoint.${k}.reached`)
      this.checkpoints.push({
        k,
        order,
        position: (JSON.parse(data) as { position: number }).position,
      });
    else if (stream === "DEADLETTER") this.wrong("dead letter", data);
    else if (data === "dead") {
      this.counts.deaths++;
      this.dead.add(subject.slice(subject.lastIndexOf(".") + 1));
    }
  }

  #copied({ data, order }: Mailed): void {
    const { author, cause } = JSON.parse(data) as { author: string; cause: number };
    const name = `${author} ${cause}`;
    if (!this.told.has(name)) this.told.set(name, order);
  }
}

/** The cid of a send; undefined: it is none. */
const sentIn = ({ kind, data }: Mailed): string | undefined =>
  kind === "fact" ? /"cid":"([^"]+)"/.exec(data)?.[1] : undefined;
