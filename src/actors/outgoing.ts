import type { Logger } from "pino";
import { open, type Entry } from "../events/entry.ts";
import type { Mail } from "../events/event.ts";
import { claimOf, isReceipt } from "../rules/receipts.ts";
import { NOTHING_YET, type Watermarks } from "../rules/watermarks.ts";
import type { Actor } from "./actor.ts";
import type { Debt } from "./owed.ts";
import type { World } from "./ports.ts";
import type { Progress } from "./progress.ts";
import { tellingOf, type Telling } from "./user.ts";
import { Way } from "./way.ts";

/** Copies owed to one stream: beyond it the partition reads no further. 12 MB, or an hour and a half at 80 copies/s to it. */
const OWED_MAX = 500_000;
/** Owed copies that are put at a time. */
const PAYMENT = 256;
/** Before entries that could not be read again are asked for once more. */
const RETRY_MS = 1_000;

type Ports = Pick<World, "copy" | "at" | "streams">;

interface Parts {
  readonly progress: Progress;
  /** Called when a copy has been stored. */
  readonly stored: () => void;
  readonly log: Logger;
}

/**
 * The copies that a partition's actors ask for, until they are stored. To each other stream a bounded number is under way;
 * the next are owed: the seq of their entry is kept, and they are made of the log again when there is room. So a
 * stream that is away costs its neighbours 24 bytes a copy, and neither their reading nor their copies to others
 * (docs/adr/0035). The checkpoint stays before all that is owed.
 */
export class Outgoing {
  readonly #world: Ports;
  readonly #progress: Progress;
  readonly #stored: () => void;
  readonly #log: Logger;
  /** By the number of the stream. */
  readonly #ways = new Map<number, Way>();
  /** Owners whose copies are owed, and how many: until they are stored, no snapshot may be written. */
  readonly #debtors = new Map<string, number>();
  /** Owed copies that are under way. */
  #paying = 0;
  #stopped = false;

  constructor(world: Ports, { progress, stored, log }: Parts) {
    this.#world = world;
    this.#progress = progress;
    this.#stored = stored;
    this.#log = log;
  }

  /** Stores the copy in its turn; the entry that it is about is open until then. */
  tell(actor: Actor, { seq, kind }: Pick<Entry, "seq" | "kind">, telling: Telling): void {
    const way = this.#wayTo(telling.to);
    if (way.owes) return this.#owe(way, actor.owner, debtOf(seq, kind, telling));
    this.#progress.open(seq);
    actor.pending++;
    this.#put(way, telling, () => {
      actor.pending--;
      this.#progress.close(seq);
    });
  }

  /** Is a copy of this owner's kept in the log for later? */
  owes(owner: string): boolean {
    return this.#debtors.has(owner);
  }

  /** The highest seq up to which everything is stored, as far as copies go. */
  get reached(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { owed } of this.#ways.values()) lowest = Math.min(lowest, owed.lowest);
    return lowest - 1;
  }

  /** Copies under way to other streams, which have bounds of their own. */
  get elsewhere(): number {
    let sum = 0;
    for (const [stream, way] of this.#ways)
      if (stream !== this.#world.streams.own) sum += way.underWay;
    return sum;
  }

  /** Is so much owed that nothing more may be read? */
  get isFull(): boolean {
    for (const { owed } of this.#ways.values()) if (owed.weight >= OWED_MAX) return true;
    return false;
  }

  /** Leaves to the next start all that is owed. */
  stop(): void {
    this.#stopped = true;
  }

  #wayTo(owner: string): Way {
    const { own, of } = this.#world.streams;
    const stream = of(owner);
    let way = this.#ways.get(stream);
    if (way === undefined) this.#ways.set(stream, (way = new Way(stream === own)));
    return way;
  }

  #put(way: Way, { to, copy }: Telling, stored: () => void): void {
    const chars = "body" in copy ? copy.body.length : 0;
    way.leaves(chars);
    this.#world.copy(to, copy).then(
      () => {
        way.arrived(chars);
        stored();
        this.#stored();
        if (way.owed.size > 0) void this.#pay(way);
      },
      // When stopping: the checkpoint stays before it, the next start repeats it.
      (error: unknown) => this.#log.warn({ error }, "copy left to the next start"),
    );
  }

  #owe(way: Way, owner: string, debt: Debt): void {
    way.owed.push(debt);
    this.#debtors.set(owner, (this.#debtors.get(owner) ?? 0) + 1);
  }

  #paid(owner: string): void {
    const left = (this.#debtors.get(owner) ?? 0) - 1;
    if (left > 0) this.#debtors.set(owner, left);
    else this.#debtors.delete(owner);
  }

  /** Puts what is owed, in its order, as long as there is room. */
  async #pay(way: Way): Promise<void> {
    if (way.isPaying) return;
    way.isPaying = true;
    while (way.owed.size > 0 && way.hasRoom && !this.#stopped) {
      const debts = way.owed.peek(PAYMENT);
      const entries = await this.#entriesAt(debts);
      if (entries === undefined) break;
      for (const debt of debts) this.#putAgain(way, debt, entries.get(debt.seq));
      way.owed.leave(debts.length);
      this.#forgive();
      this.#stored();
    }
    way.isPaying = false;
  }

  /** The entries by their seqs; undefined: not before the end. */
  async #entriesAt(debts: readonly Debt[]): Promise<Map<number, Entry> | undefined> {
    const seqs = debts.flatMap(({ seq, telling }) => (telling === undefined ? [seq] : []));
    if (seqs.length === 0) return new Map();
    for (let failures = 0; !this.#stopped; failures++) {
      try {
        const entries = await this.#world.at(seqs);
        return this.#stopped ? undefined : new Map(entries.map((entry) => [entry.seq, entry]));
      } catch (error) {
        if (failures === 0) this.#log.warn({ error }, "owed entries not read; tried again");
        await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
    return undefined;
  }

  #putAgain(way: Way, { seq, telling: kept, ...marks }: Debt, entry: Entry | undefined): void {
    const telling = kept ?? (entry === undefined ? undefined : again(entry, marks));
    if (telling === undefined)
      return this.#log.error({ seq }, "owed copy not made: its entry is gone");
    this.#progress.open(seq);
    this.#paying++;
    this.#put(way, telling, () => {
      this.#paying--;
      this.#paid(telling.copy.author);
      this.#forgive();
      this.#progress.close(seq);
    });
  }

  /** An entry that is gone does not say whose copy it was: nobody owes anything when nothing is owed. */
  #forgive(): void {
    if (this.#paying > 0) return;
    for (const { owed } of this.#ways.values()) if (owed.size > 0) return;
    this.#debtors.clear();
  }
}

/** The debt for a copy, which is to be the same when the entry is read again: of a user's fact two numbers, of all else the whole. */
function debtOf(seq: number, kind: Entry["kind"], telling: Telling): Debt {
  const { copy } = telling;
  if (kind !== "fact") return { seq, delivered: 0, read: 0, telling };
  if ("under" in copy)
    return { seq, delivered: copy.under, read: "knows" in copy ? copy.knows : 0 };
  const { delivered, read } = isReceipt(copy) ? claimOf(copy) : NOTHING_YET;
  return { seq, delivered, read };
}

/** The same words as when the entry was folded. */
function again(entry: Entry, { delivered, read }: Watermarks): Telling | undefined {
  const mail = open(entry) as Mail;
  return mail.kind === "fact"
    ? tellingOf(mail, { mine: { delivered, read }, under: delivered, knows: read })
    : undefined;
}
