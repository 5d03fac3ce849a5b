import type { ConsumerConfig } from "@nats-io/jetstream";
import type { Msg, Subscription } from "@nats-io/transport-node";
import type { Entry } from "../../events/entry.ts";
import { msOf } from "../../events/instant.ts";
import type { Link } from "../connection.ts";
import { lastOwner } from "../owners.ts";
import { UnavailableError } from "../publish/publication.ts";
import {
  ACK_PREFIX,
  nextSubject,
  numberOf,
  parseAckSubject,
  parseEntrySubject,
  pendingOf,
} from "../subjects.ts";
import type { Topology } from "../topology.ts";
import { asking } from "./again.ts";
import { readEnvelope, type Sized } from "./told.ts";

/** The broker shows so often that a question is still open. */
export const HEARTBEAT_MS = 1_000;
/** So long without entry or heartbeat, the consumer is taken for dead. */
const SILENCE_MS = 3 * HEARTBEAT_MS;
const EXPIRES_MS = 30_000;
/** The broker forgets a consumer that nobody asks after this. */
const INACTIVE_MS = 15_000;

/** 404 and 408 end a question; anything else from 400 on ends the consumer. */
const endsConsumer = (status: number): boolean => status >= 400 && status !== 404 && status !== 408;

/** How the broker answers a question: with what there is, or with what comes within 30 s, too. */
export type Wait = "what there is" | "what comes";

/** @throws Error when it takes longer. */
async function inTime(making: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no consumer was made in time")), ms);
  });
  await Promise.race([making, late]).finally(() => clearTimeout(timer));
}

/** The one who is told what a consumer brings. */
export interface Owner {
  entry(entry: Entry): void;
  /** The question, or the older of two, is over; `left`: what it could have brought besides. */
  over(left: number | undefined): void;
  /** Nothing more will come from this consumer. `bug`: an error of this program's own. */
  broken(why: string, bug?: unknown): void;
}

/**
 * One ordered, un-acknowledged consumer of a stream, from one seq on. Its deliveries are counted: a
 * gap breaks it.
 */
export class Consumer {
  readonly #link: Link;
  readonly #topology: Topology;
  readonly #stream: string;
  /** The number of a mailbox stream. */
  readonly #k: number | undefined;
  readonly #owner: Owner;
  readonly #inbox: string;
  readonly #name: string;
  #sub: Subscription | undefined;
  #delivered = 0;
  /** Entries that were there when the consumer was made: so many it delivers first. */
  #owed = Number.POSITIVE_INFINITY;
  /** Reply subject of the last delivery. */
  #last = "";
  #server: string | undefined;
  #heardAt = 0;

  constructor(link: Link, topology: Topology, stream: string, owner: Owner) {
    this.#link = link;
    this.#inbox = link.inbox();
    this.#name = this.#inbox.slice(this.#inbox.lastIndexOf(".") + 1);
    this.#topology = topology;
    this.#stream = stream;
    this.#k = numberOf(stream);
    this.#owner = owner;
  }

  /** The server of the broker that it is on; undefined: that stands alone, or has not said. */
  get server(): string | undefined {
    return this.#server;
  }

  /** Makes the consumer, so that it brings what lies behind `after`. @throws Error, also when that takes longer than `withinMs`. */
  async start(after: number, withinMs: number): Promise<void> {
    await inTime(this.#make(after), withinMs);
    this.#sub = this.#link.nc.subscribe(this.#inbox, {
      callback: (error, msg) => this.#heard(error, msg),
    });
  }

  async #make(after: number): Promise<void> {
    const config: Partial<ConsumerConfig> = {
      name: this.#name,
      deliver_policy: "by_start_sequence",
      opt_start_seq: after + 1,
      ack_policy: "none",
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: INACTIVE_MS * 1e6,
    };
    await this.#lookUp();
    // The same one again, where the question came to a leader that has just stepped down.
    const { consumers } = this.#topology.jsm;
    const made = await asking(() => consumers.add(this.#stream, config));
    this.#owed = made.num_pending;
    this.#server = made.cluster?.leader;
  }

  /** Asks for `batch` entries. */
  ask(batch: number, wait: Wait): void {
    this.#heardAt = performance.now();
    const expiry = { expires: EXPIRES_MS * 1e6, idle_heartbeat: HEARTBEAT_MS * 1e6 };
    const question = { batch, ...(wait === "what comes" ? expiry : { no_wait: true }) };
    this.#link.nc.publish(nextSubject(this.#stream, this.#name), JSON.stringify(question), {
      reply: this.#inbox,
    });
  }

  /** Is an answer that is due too late? */
  get silent(): boolean {
    return performance.now() - this.#heardAt > SILENCE_MS;
  }

  /** Has everything been delivered that was there when the consumer was made? */
  get isThrough(): boolean {
    return this.#delivered >= this.#owed;
  }

  /** Has its server said that it has no more? */
  get isDry(): boolean {
    return this.#last === "" ? this.#owed === 0 : pendingOf(this.#last) === 0;
  }

  /** Hears nothing any more. */
  leave(): void {
    this.#sub?.unsubscribe();
  }

  /** The broker may forget it. @throws Error when it has, or does not answer. */
  async remove(): Promise<void> {
    await this.#topology.jsm.consumers.delete(this.#stream, this.#name);
  }

  /** The stream's word about itself now: its marks hold for entries that lie before them, too. */
  async #lookUp(): Promise<void> {
    if (this.#k === undefined) return;
    const { jsm, owners } = this.#topology;
    const last = await lastOwner(jsm, this.#k);
    // A stream that has lost even that says nothing new of itself.
    if (last !== undefined) owners.replace(this.#k, last);
  }

  /** False: nothing behind this entry is read by this consumer, as by no process that began before the slots were dealt anew. */
  #heeds(seq: number, raw: string): boolean {
    try {
      if (this.#k !== undefined) this.#topology.owners.hear(this.#k, seq, raw);
      return true;
    } catch (error) {
      if (error instanceof UnavailableError) this.#owner.broken(error.message);
      else this.#owner.broken("one who hears of the entry has failed", error);
      return false;
    }
  }

  #generationAt(seq: number): number {
    return this.#k === undefined ? 0 : this.#topology.owners.generationAt(this.#k, seq);
  }

  #heard(error: Error | null, msg: Msg): void {
    this.#heardAt = performance.now();
    const { reply = "" } = msg;
    // The library's headers of an entry cost more to make than all the rest of it.
    if (error === null && reply.startsWith(ACK_PREFIX)) this.#entry(msg, reply);
    else this.#status(msg.headers?.code ?? 0, error, msg);
  }

  /** A word about a question, or about the consumer itself. */
  #status(status: number, error: Error | null, msg: Msg): void {
    if (status === 100) return;
    if (error !== null || endsConsumer(status)) return this.#owner.broken(`status ${status}`);
    const left = msg.headers?.get("Nats-Pending-Messages");
    this.#owner.over(left === undefined || left === "" ? undefined : Number(left));
  }

  #entry(msg: Msg, reply: string): void {
    const { seq, delivery, instant } = parseAckSubject(reply);
    if (delivery !== ++this.#delivered) return this.#owner.broken("gap");
    this.#last = reply;
    const { kind, owner } = parseEntrySubject(msg.subject);
    const raw = msg.string();
    // The word of another stream lies here only while that one is split off (docs/adr/0046).
    if (kind === "owner" && owner === `${this.#k}` && !this.#heeds(seq, raw)) return;
    const at = msOf(instant);
    const entry = { kind, owner, seq, at, instant, generation: this.#generationAt(seq), raw };
    // The headers of groups' facts are for an audit.
    this.#owner.entry(kind === "group" ? { ...entry, ...readEnvelope(msg as Sized) } : entry);
  }
}
