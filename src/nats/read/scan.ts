import type { Coming } from "../../gateway/ports.ts";
import { reader, type Reader } from "./fair.ts";
import type { Answer, Found, Request } from "./gets.ts";
import { insist } from "./insist.ts";
import { Member, wakeAll } from "./member.ts";
import { CrowdLog, type CrowdLogRoom } from "./crowdlog.ts";

/**
 * Pages of the whole stream: the broker answers nobody else on this connection before a page is written, and this process parses
 * it in one turn of the loop, 5 µs an entry. Larger ones are read no sooner (docs/adr/0039).
 */
const PAGE = { batch: 250, max_bytes: 128 * 1024 } as const;
const EVERYTHING = ">";
/**
 * A round begins when nobody has come for so long, and nobody is about to, or somebody has waited for the longer one: crowds come
 * together, and each round reads the same again. Where nobody is known to be about to come, it begins soon in any case: who comes then
 * may be as many a minute later.
 */
const CALM_MS = 50;
const GATHER_MS = 2_000;
const SOON_MS = 100;
/** Where nobody is known to be about to read. */
export const NOBODY: Coming = { size: 0 };

/** The log, as a scan needs it. */
export interface ScanParts {
  readonly ask: (request: Request, by: Reader) => Promise<Answer>;
  /** Before each round: hears what the stream says of itself, which dates its entries. */
  readonly prepare: () => Promise<unknown>;
  /** The generation of the stream that is known now: another value for each. */
  readonly life: () => unknown;
  readonly room: CrowdLogRoom;
}

/**
 * One reading of a whole stream for many mailboxes at once. The broker finds the entries of one mailbox by
 * walking over all others between them (0.1 µs each), so a crowd of n walks n times over the same; this walks
 * once, and hands each entry to whom it belongs (8 µs each). Rounds: those who come while one is under
 * way wait for the next. Entries that were read for actors are kept for a while: the next of them begin there.
 */
export class Scan {
  readonly #parts: ScanParts;
  #waiting: Member[] = [];
  /** Members of this round who have not had everything. */
  #left: Member[] = [];
  /** Members of this round, by mailbox. */
  #mailboxes = new Map<string, Member[]>();
  #crowdLog: CrowdLog | undefined;
  #isReading = false;
  #running = false;
  #coming: Coming = NOBODY;

  constructor(parts: ScanParts) {
    this.#parts = parts;
  }

  /** The members of the round that is under way, and those who wait for the next. */
  get size(): number {
    return this.#waiting.length + this.#left.length;
  }

  /** Has everything in (after, upTo] been read for others, and kept? */
  has(after: number, upTo: number): boolean {
    const { life } = this.#parts;
    return (
      this.#crowdLog !== undefined &&
      this.#crowdLog.known >= upTo &&
      this.#crowdLog.serves(after, life())
    );
  }

  /** The entries of a mailbox in (after, upTo], which the stream reaches. `coming`: those who may join, too. */
  join(owner: string, after: number, upTo: number, coming = NOBODY): Member {
    const member = new Member(owner, after, upTo);
    const isServed =
      coming === NOBODY && this.#crowdLog?.serves(after, this.#parts.life()) === true;
    if (isServed && (this.#isReading || this.has(after, upTo))) this.#enter(member);
    else this.#wait(member, coming);
    return member;
  }

  #wait(member: Member, coming: Coming): void {
    this.#coming = coming;
    this.#waiting.push(member);
    if (!this.#running) void this.#run();
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
        for (const member of [...members, ...this.#left]) member.fail(error);
        this.#left = [];
      } finally {
        this.#isReading = false;
        this.#mailboxes.clear();
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
    const crowdLog = this.#crowdLogFrom(Math.min(...members.map(({ known }) => known)));
    this.#isReading = true;
    await wakeAll(members.filter((member) => this.#enter(member)));
    let page: Promise<readonly Found[]> | undefined;
    while (this.#left.length > 0) {
      const entries = await (page ?? this.#page(crowdLog.known));
      const known = entries.at(-1)?.seq ?? 0;
      page = this.#left.some(({ upTo }) => upTo > known) ? this.#page(known) : undefined;
      // Its fault is told where the page is waited for.
      page?.catch(() => undefined);
      crowdLog.add(entries);
      this.#deal(entries);
      const due = this.#left.filter((member) => member.come(known));
      this.#left = this.#left.filter(({ isOver }) => !isOver);
      await wakeAll(due);
    }
  }

  #deal(entries: readonly Found[]): void {
    for (const entry of entries)
      if (entry.kind !== "owner")
        for (const member of this.#mailboxes.get(entry.owner) ?? []) member.take(entry);
  }

  /** The log that is kept, where it goes back to `after`: it is read on from its end. */
  #crowdLogFrom(after: number): CrowdLog {
    const { life, room } = this.#parts;
    if (this.#crowdLog?.serves(after, life()) === true) return this.#crowdLog;
    this.#crowdLog?.end();
    return (this.#crowdLog = new CrowdLog(after, life(), { room, keeps: this.#coming === NOBODY }));
  }

  /** Begins with what has been read, and takes part in the round where there is more. Is there enough to wake the member for? */
  #enter(member: Member): boolean {
    const { known = 0 } = this.#crowdLog ?? {};
    this.#crowdLog?.touch();
    for (const entry of this.#crowdLog?.of(member.owner) ?? []) member.take(entry);
    const isDue = member.come(known);
    if (member.isOver) return true;
    this.#left.push(member);
    const others = this.#mailboxes.get(member.owner);
    if (others === undefined) this.#mailboxes.set(member.owner, [member]);
    else others.push(member);
    return isDue;
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
