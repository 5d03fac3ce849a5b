import { footingOf, mailOf } from "../../src/client/mailbox/chat.ts";
import type { Copy } from "../../src/events/copy.ts";
import type { Mail } from "../../src/events/event.ts";
import type { Footing, Since } from "../../src/protocol/frames/hello.ts";
import type { EventFrame, Resync } from "../../src/protocol/frames/mailbox.ts";
import { fold, peerOf } from "../../src/rules/conversation.ts";
import type { Sends } from "../../src/rules/sends.ts";
import { SILENCE, type Conversation } from "../../src/rules/standing.ts";

/** Diary: the part that a device has followed of its user's mailbox, by the one rule book: its cursor, its chats, and the messages that it shows. */
export class Diary {
  epoch = "e";
  /** Everything up to here is known. */
  cursor = 0;
  /** The last event, on which the next cursor stands. */
  on: Footing | undefined;
  /** Entries that it was told of. */
  taken = 0;
  readonly chats = new Map<string, Conversation>();
  /** By peer, the messages as they are shown. */
  readonly shown = new Map<string, string[]>();
  /** Messages to groups, and asks, that were refused. */
  readonly refused = new Set<string>();
  /** It shows every copy: a negative control. */
  showsRepeats = false;
  /** Since then the log has lost something of what was taken. */
  strayedAt: number | undefined;
  #sends: Sends = [];
  /** Is told of the words of groups. */
  readonly #heard: (event: Copy) => void;

  constructor(heard: (event: Copy) => void) {
    this.#heard = heard;
  }

  /** The cursor for a hello. */
  since(mailbox: string): Since {
    const { epoch, cursor: seq, on } = this;
    return { mailbox, epoch, seq, ...(on && { on }) };
  }

  /** Takes the next event. Returns the cid of the own message that is shown by it, if it is one. */
  take(frame: EventFrame): string | undefined {
    this.taken++;
    this.cursor = frame.seq;
    this.on = footingOf(frame);
    return this.#fold(mailOf(frame)!);
  }

  /** An event that is known: the next cursor stands on it, where it is above the one before. */
  stand(frame: EventFrame): void {
    if ((this.on?.seq ?? 0) < frame.seq) this.on = footingOf(frame);
  }

  /** Forgets everything, and takes what views would say that know the mailbox up to `seq`. Returns the cids of own messages. */
  resync({ epoch, seq }: Resync, mailbox: readonly Mail[]): string[] {
    Object.assign(this, { epoch, cursor: seq, on: undefined, strayedAt: undefined });
    this.taken = mailbox.length;
    this.chats.clear();
    this.shown.clear();
    this.refused.clear();
    this.#sends = [];
    return mailbox.flatMap((mail) => this.#fold(mail) ?? []);
  }

  #fold(mail: Mail): string | undefined {
    const peer = peerOf(mail);
    if (peer === undefined) return undefined;
    const { event, kind } = mail;
    const folded = fold(this.chats.get(peer) ?? SILENCE, this.#sends, mail);
    const isShown = folded?.what === "message" || (this.showsRepeats && kind === "copy");
    if (folded !== undefined) {
      this.chats.set(peer, folded.chat);
      this.#sends = folded.sends;
    }
    // Asks lie there: the group says what comes of them.
    if (folded?.what === "asked") return "cid" in event ? event.cid : undefined;
    if (folded !== undefined && kind === "copy") this.#heard(event);
    if (folded !== undefined && event.type === "Refused") this.refused.add(event.cid);
    if (event.type !== "MessageSent" || !isShown) return undefined;
    this.#show(peer, event.cid);
    return kind === "fact" ? event.cid : undefined;
  }

  /** Receipts that the mailbox does not show, and that were not told either. */
  *due(told: ReadonlyMap<string, number>): Generator<[peer: string, upTo: number]> {
    for (const [peer, { received, mine }] of this.chats)
      if (received > Math.max(mine.delivered, told.get(peer) ?? 0)) yield [peer, received];
  }

  #show(peer: string, cid: string): void {
    const shown = this.shown.get(peer);
    if (shown === undefined) this.shown.set(peer, [cid]);
    else shown.push(cid);
  }
}
