import type { Coming } from "../../gateway/ports.ts";
import { UnavailableError } from "../publish/publication.ts";
import { reader, type Reader } from "./fair.ts";
import type { Answer, Found, Request } from "./gets.ts";
import { insist } from "./insist.ts";

/**
 * Pages of the whole stream: the broker answers nobody else on this connection before a page is written, and this process parses
 * it in one turn of the loop, 5 µs an entry. Larger ones are read no sooner (docs/adr/0039).
 */
const PAGE = { batch: 250, max_bytes: 128 * 1024 } as const;
const EVERYTHING = ">";
/** Entries of a mailbox that are handed over together: with each one alone a crowd would wake for each. */
const TOGETHER = 32;
/** Members that are woken in one turn of the loop: 32 entries each are some 3 ms. */
const AT_ONCE = 16;
/**
 * A round begins when nobody has come for so long, and nobody is about to, or somebody has waited for the longer one: crowds come
 * together, and each round reads the same again. Where nobody is known to be about to come, it begins soon in any case: who comes then
 * may be as many a minute later.
 */
const CALM_MS = 50;
const GATHER_MS = 2_000;
const SOON_MS = 100;
/** Characters that wait for a member who does not take them: beyond it the member reads on alone. */
const WAITING_CHARS_MAX = 256 * 1024;

/** Where nobody is known to be about to read. */
export const NOBODY: Coming = { size: 0 };

/** The log, as a scan needs it. */
export interface ScanParts {
  readonly ask: (request: Request, by: Reader) => Promise<Answer>;
  /** Before each round: hears what the stream says of itself, which dates its entries. */
  readonly prepare: () => Promise<unknown>;
}

/**
 * One reading of a whole stream for many mailboxes at once. The broker finds the entries of one mailbox by
 * walking over all others between them (0.1 µs each), so a crowd of n walks n times over the same; this walks
 * once, and hands each entry to whom it belongs (8 µs each). Rounds: those who come while one is under
 * way wait for the next.
 */
export class Scan {
  readonly #parts: ScanParts;
  #waiting: Member[] = [];
  /** Members of this round who have not had everything. */
  #left: readonly Member[] = [];
  #running = false;
  #coming: Coming = NOBODY;

  constructor(parts: ScanParts) {
    this.#parts = parts;
  }

  /** The members of the round that is under way, and those who wait for the next. */
  get size(): number {
    return this.#waiting.length + this.#left.length;
  }

  /** The entries of a mailbox in (after, upTo], which the stream reaches. `coming`: those who may join, too. */
  join(owner: string, after: number, upTo: number, coming = NOBODY): Member {
    this.#coming = coming;
    const member = new Member(owner, after, upTo);
    this.#waiting.push(member);
    if (!this.#running) void this.#run();
    return member;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      await this.#calm();
      const members = this.#waiting;
      this.#waiting = [];
      try {
        await this.#parts.prepare();
        await this.#round(members);
      } catch (error) {
        for (const member of members) member.fail(error);
        this.#left = [];
      }
    }
    this.#running = false;
  }

  async #calm(): Promise<void> {
    let came = 0;
    const isCalm = (): boolean => came === this.#waiting.length && this.#coming.size === 0;
    const most = this.#coming === NOBODY ? SOON_MS : GATHER_MS;
    for (let ms = 0; ms < most && !isCalm(); ms += CALM_MS) {
      came = this.#waiting.length;
      await new Promise((done) => setTimeout(done, CALM_MS));
    }
  }

  async #round(members: readonly Member[]): Promise<void> {
    const mailboxes = byOwner(members);
    this.#left = members;
    let page = this.#page(Math.min(...members.map(({ known }) => known)));
    while (this.#left.length > 0) {
      const entries = await page;
      const known = entries.at(-1)?.seq ?? 0;
      if (this.#left.some(({ upTo }) => upTo > known)) page = this.#page(known);
      // Its fault is told where the page is waited for.
      page.catch(() => undefined);
      for (const entry of entries)
        if (entry.kind !== "owner")
          for (const member of mailboxes.get(entry.owner) ?? []) member.take(entry);
      const due = this.#left.filter((member) => member.come(known));
      this.#left = this.#left.filter(({ isOver }) => !isOver);
      await wakeAll(due);
    }
  }

  /** The next entries of the stream: all of them, as far as the page goes, since one replica has given it. */
  #page(after: number): Promise<readonly Found[]> {
    const by = reader();
    const request = { seq: after + 1, ...PAGE, next_by_subj: EVERYTHING };
    return insist(by, async () => {
      const { entries } = await this.#parts.ask(request, by);
      return entries.length > 0 ? entries : undefined;
    });
  }
}

function byOwner(members: readonly Member[]): ReadonlyMap<string, readonly Member[]> {
  const mailboxes = new Map<string, Member[]>();
  for (const member of members) {
    const others = mailboxes.get(member.owner);
    if (others === undefined) mailboxes.set(member.owner, [member]);
    else others.push(member);
  }
  return mailboxes;
}

/** Wakes a few in each turn of the loop: each writes to its socket, and others go on between them. */
async function wakeAll(members: readonly Member[]): Promise<void> {
  for (const [i, member] of members.entries()) {
    member.wake();
    if (i % AT_ONCE === AT_ONCE - 1) await new Promise((go) => setImmediate(go));
  }
}

/** A part of a mailbox, and whether the member is given more. */
export interface Share {
  readonly entries: readonly Found[];
  /** Everything of the mailbox up to here has been given. */
  readonly known: number;
  readonly isLast: boolean;
}

/** One mailbox of those for which a stream is read. */
export class Member {
  readonly owner: string;
  readonly upTo: number;
  /** Everything up to here has been handed over, or waits here. */
  known: number;
  #entries: Found[] = [];
  #chars = 0;
  #isOver = false;
  #error: unknown;
  #wake: (() => void) | undefined;

  constructor(owner: string, after: number, upTo: number) {
    this.owner = owner;
    this.known = after;
    this.upTo = upTo;
  }

  /** An entry of the mailbox has been read. */
  take(entry: Found): void {
    if (this.#isOver || entry.seq <= this.known || entry.seq > this.upTo) return;
    this.#entries.push(entry);
    this.#chars += entry.raw.length;
  }

  /** Is nothing more to come? */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The stream has been read up to `seq`. Is there enough to wake the member for? */
  come(seq: number): boolean {
    this.known = Math.max(this.known, Math.min(seq, this.upTo));
    if (this.known === this.upTo || this.#chars > WAITING_CHARS_MAX) this.#isOver = true;
    return this.#isOver || this.#entries.length >= TOGETHER;
  }

  wake(): void {
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#error = error;
    this.leave();
  }

  /** Takes no more. */
  leave(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  /** The entries that have come meanwhile, when they are enough or the last. @throws UnavailableError */
  async share(): Promise<Share> {
    if (!this.#isOver && this.#entries.length < TOGETHER)
      await new Promise<void>((wake) => (this.#wake = wake));
    this.#wake = undefined;
    if (this.#error !== undefined)
      throw this.#error instanceof Error ? this.#error : new UnavailableError("not read");
    const entries = this.#entries;
    this.#entries = [];
    this.#chars = 0;
    return { entries, known: this.known, isLast: this.#isOver };
  }
}
