import type { Requests } from "../client/connection/requests.ts";
import {
  CHATS_MAX,
  isGroupRow,
  listedAt,
  type ChatRow,
  type ChatPlace,
} from "../protocol/frames/chats.ts";
import { HISTORY_MAX, isMessage, type MessageRow } from "../protocol/frames/history.ts";
import { messageOf } from "./incoming.ts";
import type { Patience } from "./patience.ts";
import { QUEUE_MAX, type ChatTrack } from "./chattrack.ts";

/** A page of a chat, and the seq of the mailbox that it is true for. */
interface Page {
  readonly messages: readonly MessageRow[];
  readonly more: boolean;
  readonly seq: number;
}

/** Reads from the views what came while a bot was away. Each read throws ChatError when the connection is lost. */
export class Backlog {
  readonly #requests: Requests;
  readonly #patience: Patience;

  constructor(requests: Requests, patience: Patience) {
    this.#requests = requests;
    this.#patience = patience;
  }

  /** Every chat of the bot's user, as it is with the entry at `atLeast`. */
  async chats(atLeast: number): Promise<ChatRow[]> {
    const found = new Map<string, ChatRow>();
    let before: ChatPlace | undefined;
    for (;;) {
      const asked = { limit: CHATS_MAX, atLeast, ...(before !== undefined && { before }) };
      const { result } = await this.#patience.ask(() => this.#requests.ask("chats", asked));
      for (const row of result.chats) if (!isGroupRow(row)) found.set(row.peer, row);
      before = listedAt(result.chats.at(-1));
      // A chat that came to the top meanwhile is on no later page: its event has told of it.
      if (!result.more || before === undefined) return [...found.values()];
    }
  }

  /** Reads a chat back to the position: which answers are stored, and the oldest of what is to be done. */
  async scan(track: ChatTrack, atLeast: number): Promise<void> {
    let oldest: MessageRow[] = [];
    /** The newest message of either side, and the seq for which that is so. */
    let end: { readonly newest: number; readonly seq: number } | undefined;
    for await (const { seq, messages } of this.#back(track, atLeast)) {
      end ??= { newest: messages.at(-1)?.seq ?? 0, seq };
      for (const { key = "" } of messages) track.answered(key);
      const open = theirs({ messages }, track).filter(
        (row) => messageOf(row).position > track.last,
      );
      oldest = [...open, ...oldest].slice(0, QUEUE_MAX);
    }
    track.take(oldest.map(messageOf));
    track.unread = false;
    if (oldest.length >= QUEUE_MAX) track.next = oldest.at(-1)?.seq;
    else track.next = behind(track, end);
  }

  /** Reads on, until something is in the queue or there is nothing more. */
  async fill(track: ChatTrack): Promise<void> {
    while (track.next !== undefined && track.queue.length === 0) {
      const { newest, next: after } = track;
      const { messages, more } = await this.#page(track.peer, { after, atLeast: newest });
      track.take(theirs({ messages }, track).map(messageOf));
      track.next = messages.at(-1)?.seq ?? after;
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
      before = page.messages[0]?.seq;
      const isOver = theirs(page, track).some((row) => messageOf(row).position <= track.here);
      if (isOver || !page.more || before === undefined) return;
    }
  }

  async #page(
    peer: string,
    page: { before?: number; after?: number; atLeast: number },
  ): Promise<Page> {
    const asked = { peer, limit: HISTORY_MAX, ...page };
    const { seq, result } = await this.#patience.ask(() => this.#requests.ask("history", asked));
    // Lines are in groups alone, where a bot answers nobody.
    return { messages: result.messages.filter(isMessage), more: result.more, seq };
  }
}

/** The seq to read on from, where an event has come behind an answer of the views. */
const behind = (
  { newest }: ChatTrack,
  end: { readonly newest: number; readonly seq: number } | undefined,
): number | undefined => (end !== undefined && newest > end.seq ? end.newest : undefined);

/** The messages of the other side. Only own ones have a key. */
const theirs = ({ messages }: Pick<Page, "messages">, { peer }: ChatTrack): MessageRow[] =>
  messages.filter(({ author }) => author === peer);
