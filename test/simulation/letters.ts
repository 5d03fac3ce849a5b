import { isGroup } from "../../src/events/messageid.ts";
import type { ClientAsk } from "../../src/protocol/frames/group.ts";

/** A message or an ask that is written, until its event is seen. */
interface Letter {
  readonly cid: string;
  readonly to: string;
  /** Of a group: what is asked. */
  readonly ask?: ClientAsk | undefined;
  /** The socket that it went out over. */
  on?: object | undefined;
  /** It was answered there. */
  isAnswered: boolean;
}

/** The messages of a device that have not been seen in its mailbox: each is said again over every new socket, under its number. */
export class Letters {
  readonly #letters: Letter[] = [];
  /** All that ever went to groups. */
  readonly toGroups = new Map<string, { readonly to: string; readonly isJoin: boolean }>();
  readonly #instance: string;
  #n = 0;

  constructor(instance: string) {
    this.#instance = instance;
  }

  /** Those that have not been seen yet. */
  get waiting(): readonly string[] {
    return this.#letters.map(({ cid }) => cid);
  }

  /** The number that comes next. */
  get nextCid(): string {
    return `${this.#instance}.${this.#n + 1}`;
  }

  write(to: string, ask?: ClientAsk): void {
    const cid = this.nextCid;
    this.#n++;
    this.#letters.push({ cid, to, ask, isAnswered: false });
    if (isGroup(to)) this.toGroups.set(cid, { to, isJoin: ask?.do === "join" });
  }

  /** Of each chat one is under way, the oldest: the frames that go out now. */
  due(on: object): readonly object[] {
    const busy = new Set<string>();
    const due: Letter[] = [];
    for (const letter of this.#letters) {
      if (busy.has(letter.to) || (letter.on === on && letter.isAnswered)) continue;
      busy.add(letter.to);
      if (letter.on === on) continue;
      letter.on = on;
      letter.isAnswered = false;
      due.push(letter);
    }
    return due.map(({ cid, to, ask }) => {
      if (ask === undefined) return { t: "send", cid, to, body: cid };
      return { t: "ask", cid, ask, ...(ask.do !== "create" && { group: to }) };
    });
  }

  answered(cid: string): void {
    const letter = this.#of(cid);
    if (letter !== undefined) letter.isAnswered = true;
  }

  /** It was refused for now: it may go out again. */
  again(cid: string): void {
    const letter = this.#of(cid);
    if (letter !== undefined) letter.on = undefined;
  }

  /** Its event has come. */
  seen(cid: string): void {
    const at = this.#letters.findIndex((each) => each.cid === cid);
    if (at >= 0) this.#letters.splice(at, 1);
  }

  #of(cid: string): Letter | undefined {
    return this.#letters.find((each) => each.cid === cid);
  }
}
