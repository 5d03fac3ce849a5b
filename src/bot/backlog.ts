import type { Requests } from "../client/connection/requests.ts";
import {
  CHATS_MAX,
  listedAt,
  type ChatRow,
  type ChatPlace,
  type GroupRow,
} from "../protocol/frames/chats.ts";
import { HISTORY_MAX, isMessage, type MessageRow } from "../protocol/frames/history.ts";
import { isGroup } from "../events/messageid.ts";
import type { KeyedRow } from "../protocol/frames/keyed.ts";
import { answeredBy } from "./answerkey.ts";
import { messageOf } from "./incoming.ts";
import type { Patience } from "./patience.ts";
import { QUEUE_MAX, type ChatTrack } from "./chattrack.ts";

/** A page of a chat, and the place that it is true for. */
interface Page {
  readonly messages: readonly MessageRow[];
  /** Seqs of its first and its last row; undefined: it has none. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  readonly more: boolean;
  readonly seq: number;
}

interface Ports {
  readonly requests: Requests;
  readonly patience: Patience;
  /** The bot's user. */
  me(): string | undefined;
  /** A group has refused an own message. */
  declined(track: ChatTrack, refusal: { readonly cid: string; readonly code: string }): void;
}

/** Reads from the views what came while a bot was away. Each read throws ChatError when the connection is lost. */
export class Backlog {
  readonly #ports: Ports;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Every chat of the bot's user, as it is with the entry at `atLeast`. */
  async chats(atLeast: number): Promise<(ChatRow | GroupRow)[]> {
    const found = new Map<string, ChatRow | GroupRow>();
    const { requests, patience } = this.#ports;
    let before: ChatPlace | undefined;
    for (;;) {
      const asked = { limit: CHATS_MAX, atLeast, ...(before !== undefined && { before }) };
      const { result } = await patience.ask(() => requests.ask("chats", asked));
      for (const row of result.chats) found.set(row.peer, row);
      before = listedAt(result.chats.at(-1));
      // A chat that came to the top meanwhile is on no later page: its event has told of it.
      if (!result.more || before === undefined) return [...found.values()];
    }
  }

  /** Reads a chat back to the position: which answers are stored, and the oldest of what is to be done. */
  async scan(track: ChatTrack, atLeast: number): Promise<void> {
    const refused = isGroup(track.peer) ? await this.#said(track, atLeast) : [];
    let oldest: MessageRow[] = [];
    /** The newest row of the chat, and the place for which that is so. */
    let end: { readonly newest: number; readonly seq: number } | undefined;
    for await (const { seq, messages, last } of this.#back(track, track.atLeast(atLeast))) {
      end ??= { newest: last ?? 0, seq };
      const open = this.#sorted(track, messages).filter(
        (row) => messageOf(row).position > track.last,
      );
      oldest = [...open, ...oldest].slice(0, QUEUE_MAX);
    }
    track.take(oldest.map(messageOf));
    track.unread = false;
    if (oldest.length >= QUEUE_MAX) track.next = oldest.at(-1)?.seq;
    else track.next = behind(track, end);
    for (const { cid, refused: code = "" } of refused) this.#ports.declined(track, { cid, code });
  }

  /** Reads on, until something is in the queue or there is nothing more. */
  async fill(track: ChatTrack): Promise<void> {
    while (track.next !== undefined && track.queue.length === 0) {
      const { newest, next: after } = track;
      const { messages, last, more } = await this.#page(track.peer, { after, atLeast: newest });
      track.take(this.#sorted(track, messages).map(messageOf));
      track.next = last ?? after;
      if (!more && track.newest === newest) track.next = undefined;
    }
  }

  /** The pages of a chat, the newest first, down to the one in which the position lies. */
  async *#back(track: ChatTrack, atLeast: number): AsyncGenerator<Page> {
    let before: number | undefined;
    for (;;) {
      const page = await this.#page(track.peer, {
        atLeast,
        ...(before !== undefined && { before }),
      });
      yield page;
      before = page.first;
      const isOver = this.#theirs(page.messages).some(
        (row) => messageOf(row).position <= track.here,
      );
      if (isOver || !page.more || before === undefined) return;
    }
  }

  async #page(
    peer: string,
    page: { before?: number; after?: number; atLeast: number },
  ): Promise<Page> {
    const asked = { peer, limit: HISTORY_MAX, ...page };
    const { requests, patience } = this.#ports;
    const { seq, result } = await patience.ask(() => requests.ask("history", asked));
    const { messages: rows, more } = result;
    const [first, last] = [rows[0]?.seq, rows.at(-1)?.seq];
    return { messages: rows.filter(isMessage), first, last, more, seq };
  }

  /**
   * Learns the keys of own messages to a group, back to one that answers what is finished: the group's history has none. Returns
   * those that were refused.
   */
  async #said(track: ChatTrack, atLeast: number): Promise<KeyedRow[]> {
    const { requests, patience } = this.#ports;
    const refused: KeyedRow[] = [];
    let before: number | undefined;
    for (;;) {
      const page = { limit: HISTORY_MAX, atLeast, ...(before !== undefined && { before }) };
      const asked = { group: track.peer, ...page };
      const { result } = await patience.ask(() => requests.ask("keyed", asked));
      for (const send of result.sends) track.said(send);
      refused.push(...result.sends.filter((send) => send.refused !== undefined));
      before = result.sends.at(-1)?.seq;
      const isOver = result.sends.some(({ key }) => isFinished(track, key));
      if (isOver || !result.more || before === undefined) return refused;
    }
  }

  /** The messages of others; own ones are taken note of. */
  #sorted(track: ChatTrack, messages: readonly MessageRow[]): MessageRow[] {
    const theirs = this.#theirs(messages);
    for (const row of messages) if (!theirs.includes(row)) track.shown(row);
    return theirs;
  }

  #theirs(messages: readonly MessageRow[]): MessageRow[] {
    const me = this.#ports.me();
    return messages.filter(({ author }) => author !== me);
  }
}

/** The seq to read on from, where an event has come behind an answer of the views. */
const behind = (
  { newest }: ChatTrack,
  end: { readonly newest: number; readonly seq: number } | undefined,
): number | undefined => (end !== undefined && newest > end.seq ? end.newest : undefined);

/** Is it the name of an answer to something up to which everything is finished? */
function isFinished({ peer, here }: ChatTrack, key: string): boolean {
  const message = answeredBy(key);
  return message?.author === peer && message.position <= here;
}
