import type { FinalItem, Status } from "../history/happening.ts";

/** A cursor of docs/protocol.md. */
export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
  readonly on?: { seq: number; at: number; generation?: number };
}

// oxlint-disable-next-line typescript/no-explicit-any -- any field of any frame
export type Frame = { t: string; [field: string]: any };

/** A message as it came. */
export interface Letter extends Omit<FinalItem, "status"> {
  readonly chat: string;
  readonly id: string;
}

/** A user's mailbox as a plain device knows it: rules 1 to 3 and 7 of docs/protocol.md, in memory. */
export class PlainMailbox {
  readonly #user: string;
  readonly #letters: Letter[] = [];
  readonly #seen = new Set<string>();
  /** By peer: the last position of theirs, what was stated of it, and how far they have come in ours. */
  readonly #heard = new Map<string, number>();
  readonly #stated = new Map<string, number>();
  readonly #theirs = new Map<string, { delivered: number; read: number }>();
  cursor: Cursor | undefined;

  constructor(user: string) {
    this.#user = user;
  }

  /**
   * Takes an event. `gap`: something is missing before it. A message that is no repeat is returned.
   */
  take({ seq, prev, at, generation, event }: Frame, epoch: string): Letter | "gap" | undefined {
    const { seq: last } = this.cursor ?? { seq: 0 };
    if (seq <= last) return undefined;
    if (prev > last) return "gap";
    this.cursor = { epoch, seq, on: { seq, at, ...(generation !== undefined && { generation }) } };
    // A copy that was under way when its stream came back shorter is told once more.
    if (event.author !== this.#user && (event.in ?? 0) !== (generation ?? 0)) return undefined;
    if (event.type === "MessageSent") return this.#message(event, seq, generation ?? 0);
    if (event.type === "MessageDelivered" || event.type === "MessageRead") this.#receipt(event);
    return undefined;
  }

  /** Everything up to `seq` was sent. */
  caughtUp(epoch: string, seq: number): void {
    const { seq: was, on } = this.cursor ?? { seq: 0 };
    this.cursor = { epoch, seq: Math.max(was, seq), ...(on && { on }) };
  }

  /** How far a peer's messages have come; undefined: none has. */
  heardOf(peer: string): number | undefined {
    return this.#heard.get(peer);
  }

  /** Peers with messages that nobody has stated as delivered. */
  owed(): [peer: string, upTo: number][] {
    return [...this.#heard].filter(([peer, upTo]) => upTo > (this.#stated.get(peer) ?? 0));
  }

  items(chat: string): FinalItem[] {
    return this.#letters
      .filter((letter) => letter.chat === chat)
      .map(({ text, author, id, seq = 0 }) => {
        const status = author === this.#user ? this.#statusOf(chat, id) : "sent";
        return { text, author, id, seq, status };
      });
  }

  undelivered(): string | undefined {
    const own = this.#letters.filter(({ author }) => author === this.#user);
    return own.find(({ chat, id }) => this.#statusOf(chat, id) === "sent")?.text;
  }

  #statusOf(chat: string, id: string): Status {
    const position = Number(id.split(":")[1]);
    const { delivered, read } = this.#theirs.get(chat) ?? { delivered: 0, read: 0 };
    if (position <= read) return "read";
    return position <= delivered ? "delivered" : "sent";
  }

  #message(event: Frame, seq: number, generation: number): Letter | undefined {
    const { author, to, cid, body: text, position = generation * 2 ** 44 + seq } = event;
    const mine = author === this.#user;
    if (mine ? this.#seen.has(cid) : position <= (this.#heard.get(author) ?? 0)) return undefined;
    if (mine) this.#seen.add(cid);
    else this.#heard.set(author, position);
    const letter = {
      chat: mine ? to : author,
      text,
      author,
      seq,
      id: `${author}:${position}`,
    };
    this.#letters.push(letter);
    return letter;
  }

  #receipt({ type, author, peer, upTo, read = type === "MessageRead" ? upTo : 0 }: Frame): void {
    if (author === this.#user) {
      this.#stated.set(peer, Math.max(this.#stated.get(peer) ?? 0, upTo));
      return;
    }
    const was = this.#theirs.get(author) ?? { delivered: 0, read: 0 };
    this.#theirs.set(author, {
      delivered: Math.max(was.delivered, upTo),
      read: Math.max(was.read, read),
    });
  }
}
