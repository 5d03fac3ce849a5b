import { isUsed as isUsedIn } from "../../rules/sends.ts";
import type { ServerFrame } from "../../protocol/frames/frame.ts";
import type { Entries } from "./entries.ts";
import {
  hasItsKey,
  isItself,
  isRenamed,
  isShownAs,
  type OutboxEntry,
  type Shown,
} from "./entry.ts";
import { Look } from "./look.ts";
import type { Creditor } from "../connection/parting.ts";
import { Once } from "./once.ts";
import { isRecent } from "../moment.ts";
import type { OutboxPorts } from "./outboxports.ts";
import { isForGroup, Outcomes } from "./outcomes.ts";
import { isOwed, owe, release } from "./credit.ts";
import { turns, type Held } from "./turns.ts";

const RETRY_MS = 1000;
/** Codes that say of a number alone that it is not to be had. */
const TAKEN: ReadonlySet<string> = new Set(["cid.taken", "cid.not_rising"]);

/** Messages on their way. Of a chat one is under way at a time, the oldest first; an entry stays until the mailbox shows it. */
export class Outbox implements Creditor {
  readonly #ports: OutboxPorts;
  readonly #entries: Entries;
  /** Sees to what groups have to accept. */
  readonly outcomes: Outcomes;
  readonly #look: Look;
  readonly #once: Once;
  #open = false;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(entries: Entries, ports: OutboxPorts) {
    this.#entries = entries;
    this.#ports = ports;
    this.outcomes = new Outcomes(entries, {
      ...ports,
      isUsed: (cid) => this.isUsed(cid),
      isLoaded: (entry) => this.isLoaded(entry),
      pump: () => this.pump(),
    });
    const asked = { ...ports, again: () => this.#wait(RETRY_MS), done: () => this.pump() };
    this.#look = new Look({ ...asked, seen: (held, shown) => this.#looked(held, shown) });
    this.#once = new Once(entries, asked);
  }

  /**
   * Takes a message that was written here. `instead`: it takes the place of this cid.
   * @throws ChatError `limit.outbox`
   */
  add(entry: OutboxEntry, instead?: string): void {
    this.#entries.add(entry, this.#news(false), instead);
    this.pump();
  }

  /** Takes over what a client that is gone has left. Returns false for what is shown here already. */
  adopt(entry: OutboxEntry): boolean {
    if (this.isLoaded(entry)) return false;
    this.#entries.add(entry, this.#news(true));
    return true;
  }

  /**
   * The mailbox has this message of the user's. `repeat`: it is shown already, or another one was under
   * its number. Returns the cid of the entry that it strikes out.
   */
  met(shown: Shown, repeat: boolean): string | undefined {
    let struck: string | undefined;
    for (const held of this.#entries.held) {
      const { cid } = held.entry;
      if (this.#isMet(held, shown, repeat)) struck = this.#entries.drop(cid)?.cid;
    }
    if (!repeat || struck !== undefined) this.#ports.done(shown);
    this.pump();
    return struck;
  }

  /**
   * The log has it. `passed`: all up to its place has come. If it is not shown here, it came as a repeat of
   * something else, and is looked for; if its number is not used, the log is another than was read, a shorter one.
   */
  sent({ cid, id, seq }: Extract<ServerFrame, { t: "sent" }>, passed: boolean): void {
    const held = this.#entries.find(cid);
    if (held === undefined) return;
    if (isForGroup(held.entry)) return this.asked(cid, held.entry.to);
    this.#entries.put({ ...held.entry, ...(id !== undefined && { id }), seq });
    if (!passed) held.state = "answered";
    else if (this.isLoaded(held.entry)) this.#done(held.entry);
    else if (this.isUsed(cid)) Object.assign(held, { state: "waiting", taken: true });
    // The views of that log do not know it yet: the next connection looks.
    else Object.assign(held, { state: "answered", unsure: true });
    this.pump();
  }

  /** The log has what a group has to accept. */
  asked(cid: string, group: string): void {
    const held = this.#entries.find(cid);
    if (held) this.outcomes.answered(held, group);
    this.pump();
  }

  refused(cid: string, code: string, retryable: boolean, retryAfterMs = RETRY_MS): void {
    const held = this.#entries.find(cid);
    if (held === undefined) return;
    held.state = "waiting";
    if (retryable) this.#wait(retryAfterMs);
    else if (TAKEN.has(code)) held.taken = true;
    else this.outcomes.fail(held, code);
    this.pump();
  }

  /** Is the number used, and the entry not shown here? */
  isAnothers(entry: OutboxEntry, cid: string): boolean {
    return this.isUsed(cid) && !this.isLoaded(entry);
  }

  /** The views' answer has taken the place of the events: some may have passed unseen. */
  doubt(): void {
    for (const held of this.#entries.held) held.unsure = true;
  }

  /** All that this user had sent is known: what is left has to be sent, or sent again. */
  start(): void {
    this.#open = true;
    this.pump();
  }

  /** Nothing goes out until {@link start}. */
  moved(again: boolean): void {
    this.#open = false;
    if (again) release(this.#entries.held);
    owe(this.#entries.held);
  }
  get isOwed(): boolean {
    return [...this.#entries.held].some(isOwed);
  }
  left(): void {
    release(this.#entries.held);
    this.pump();
  }

  /** The connection is gone, and the answers with it. */
  stop(): void {
    this.#open = false;
    this.#look.stop();
    this.outcomes.stop();
    for (const held of this.#entries.held) held.state = "waiting";
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  #news(adopted: boolean): Omit<Held, "entry"> {
    const since = this.#ports.moment();
    return { state: "waiting", unsure: adopted, taken: false, adopted, repeated: adopted, since };
  }

  #wait(ms: number): void {
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined;
      this.pump();
    }, ms);
  }

  /** Sends what is due, if there is a connection: also after an instance was taken over. */
  pump(): void {
    const { outcomes } = this;
    outcomes.settle();
    if (!this.#open || this.#pause !== undefined) return;
    for (const held of turns(this.#entries.held, this.#ports.isMine, outcomes.rests)) {
      if (isForGroup(held.entry) && outcomes.awaits(held)) continue;
      if (this.#isDoubtful(held)) this.#doubtful(held);
      else if (this.#once.admits(held)) this.#post(held);
    }
  }

  /** The mailbox has it: it is no longer on its way. */
  #done(entry: OutboxEntry): void {
    this.#entries.drop(entry.cid);
    this.#ports.done(entry);
  }

  #post(held: Held): void {
    const old = !isRecent(held.since, this.#ports.moment());
    Object.assign(held, { state: "underWay", owed: false });
    const error = this.#ports.post(held.entry, held.repeated || old);
    held.repeated = true;
    if (error !== undefined) this.refused(held.entry.cid, error, false);
  }

  /** May it be stored already, or something else under its number? Of an ask nothing is lost by another try. */
  #isDoubtful({ unsure, taken, entry }: Held): boolean {
    return !entry.ask && (unsure || taken || this.isUsed(entry.cid));
  }

  /** An entry whose own number is used, when nothing else can be under it, is stored, if not loaded here. */
  #doubtful(held: Held): void {
    const { entry } = held;
    const isStored = isRenamed(entry) && this.isUsed(entry.cid);
    if (isStored && !isForGroup(entry)) this.#done(entry);
    else this.#look.at(held, [...this.#entries.held]);
  }

  /** The entry's chat was read from where it was written, and the entry is not there. */
  #looked(held: Held, rows: readonly Shown[]): void {
    const { entry, taken } = held;
    if (this.#entries.find(entry.cid) !== held || this.#strike(entry, rows)) return;
    const isWaited = isForGroup(entry) && !taken && this.isUsed(entry.cid);
    if (isWaited && !entry.error) return this.outcomes.wait(held);
    held.unsure = held.taken = false;
    if (!entry.error && (taken || this.isUsed(entry.cid))) this.#rename(held);
  }

  #strike(entry: OutboxEntry, rows: readonly Shown[]): boolean {
    if (!rows.some((row) => isShownAs(entry, row) || hasItsKey(entry, row))) return false;
    this.#done(entry);
    return true;
  }

  /** Is it this entry that the mailbox has? Another message in its place is seen to here. */
  #isMet(held: Held, shown: Shown, repeat: boolean): boolean {
    const { entry } = held;
    if (!repeat && hasItsKey(entry, shown)) return true;
    if (entry.cid !== shown.cid) return !repeat && isShownAs(entry, shown);
    if (isItself(entry, shown)) {
      if (!repeat || this.isLoaded(entry)) return true;
      // The entry is stored as a repeat of something else: it is looked for, and if need be sent anew.
      Object.assign(held, { state: "waiting", taken: true });
    } else if (!entry.error) this.#rename(held);
    return false;
  }

  /** Gives a new number to an entry whose number is another message's. */
  #rename(held: Held): void {
    this.#entries.renumber(held, (cid) => this.isUsed(cid));
  }

  isLoaded(entry: OutboxEntry): boolean {
    return this.#ports.loaded(entry.to).some((row) => isShownAs(entry, row));
  }

  isUsed(cid: string): boolean {
    return isUsedIn(this.#ports.sends(), cid);
  }
}
