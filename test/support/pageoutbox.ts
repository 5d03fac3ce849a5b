/** A message or an ask on its way; `stored`: ✓. */
interface Word {
  readonly cid: string;
  readonly group: string;
  readonly body?: string;
  readonly mentions?: readonly string[];
  readonly ask?: object;
  stored?: true;
}

/** The outbox of a client that is written from the protocol's page: rules 5 and 20 of it, of one page alone, over all groups as if they were one. */
export class PageOutbox {
  readonly refusals: [cid: string, code: string][] = [];
  readonly #say: (frame: object) => void;
  readonly #instance = `i${Math.random().toString(36).slice(2, 10)}`;
  #words: Word[] = [];
  #n = 0;
  #isOpen = false;
  #underWay = "";
  /** Nothing goes out until then; Infinity: until everything that is stored has its outcome. */
  #restsUntil = 0;
  #retryAfterMs = 0;
  #tries = 0;

  constructor(say: (frame: object) => void) {
    this.#say = say;
  }

  get isCalm(): boolean {
    return this.#words.length === 0;
  }

  open(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#underWay = "";
    this.#pump();
  }

  write(word: Omit<Word, "cid">): string {
    const cid = this.#next();
    this.#words.push({ ...word, cid });
    this.#pump();
    return cid;
  }

  /** The own mailbox has it. */
  stored(cid: string): void {
    const word = this.#words.find((each) => each.cid === cid);
    if (word === undefined || word.stored) return;
    word.stored = true;
    this.#pump();
  }

  /** A group shows it. */
  shown(cid: string | undefined): void {
    if (this.#restsUntil < Date.now()) this.#tries = 0;
    this.#words = this.#words.filter((each) => each.cid !== cid);
    this.#settle();
  }

  /** A group has refused it; one that is busy is written to again, in the old order. */
  refused({
    cid,
    code,
    retryAfterMs = 0,
  }: {
    cid: string;
    code: string;
    retryAfterMs?: number;
  }): void {
    const at = this.#words.findIndex((each) => each.cid === cid);
    const word = this.#words[at];
    if (word === undefined) return;
    this.refusals.push([cid, code]);
    if (code === "group.busy") {
      const { stored: _, ...rest } = word;
      this.#words[at] = { ...rest, cid: this.#next() };
      if (this.#restsUntil !== Infinity) this.#tries++;
      this.#restsUntil = Infinity;
      this.#retryAfterMs = retryAfterMs;
    } else this.#words.splice(at, 1);
    this.#settle();
  }

  #next(): string {
    return `${this.#instance}.${++this.#n}`;
  }

  /** The oldest that is not stored; nothing behind one that is under way. */
  #pump(): void {
    const next = this.#words.find(({ stored }) => !stored);
    if (!this.#isOpen || next === undefined || Date.now() < this.#restsUntil) return;
    if (this.#underWay === next.cid) return;
    this.#underWay = next.cid;
    const { cid, group, body, mentions, ask } = next;
    if (ask) this.#say({ t: "ask", cid, ...(group && { group }), ask });
    else this.#say({ t: "send", cid, to: group, body, ...(mentions && { mentions }) });
  }

  /** A busy group is left alone from when nothing of it is open any more. */
  #settle(): void {
    if (this.#restsUntil !== Infinity || this.#words.some(({ stored }) => stored)) return;
    const ms = Math.max(this.#retryAfterMs, 1_000 * (1 + Math.random()) * 2 ** (this.#tries - 1));
    this.#restsUntil = Date.now() + ms;
    setTimeout(() => this.#pump(), ms + 1);
  }
}
