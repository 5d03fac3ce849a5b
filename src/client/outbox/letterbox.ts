import type { ClientAsk } from "../../protocol/frames/group.ts";
import { ChatError } from "../error.ts";
import type { Askers } from "../groups/askers.ts";
import { cursorIn } from "../groups/groupchat.ts";
import { checkedAsk } from "../groups/checks.ts";
import { isMine, shown } from "../mailbox/chat.ts";
import type { Local } from "../mailbox/local.ts";
import type { ChatMessage } from "../message.ts";
import type { State } from "../state/state.ts";
import type { Entries } from "./entries.ts";
import { retried, unsent, type OutboxEntry } from "./entry.ts";
import type { Letter } from "./letter.ts";
import type { Outbox } from "./outbox.ts";
import type { Pen } from "./pen.ts";

interface Ports {
  local: Local;
  pen: Pen;
  entries: Entries;
  outbox: Outbox;
  asks: Askers;
  state: State;
  /** ms since 1970. */
  now(): number;
  /** Is it closed? */
  isClosed(): boolean;
}

/** Where a person's messages and asks are written. */
export class Letterbox {
  readonly #ports: Ports;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  send(letter: Letter): ChatMessage {
    return this.#known(letter) ?? unsent(this.#write(letter));
  }

  /** Sends a failed message again. */
  retry(cid: string): void {
    const { entries, outbox } = this.#ports;
    this.#expectOpen();
    const failed = entries.remove(cid);
    if (failed === undefined) return;
    this.#write(
      retried(failed, (used) => outbox.isAnothers(failed, used)),
      cid,
    );
  }

  /** Asks something of a group; `group` is empty where it is not there yet. Resolves with its id. @throws ChatError */
  async ask(group: string, ask: ClientAsk): Promise<string> {
    return this.#ports.asks.wait(this.#write({ to: group, body: "", ask: checkedAsk(ask) }));
  }

  /** The first send with this key, as far as it is known. */
  #known(letter: Letter): ChatMessage | undefined {
    const { key, to } = letter;
    if (key === undefined) return undefined;
    const { entries, local } = this.#ports;
    const entry = entries.all.find((each) => each.key === key);
    if (entry !== undefined) return unsent(entry);
    const chat = local.chats.get(to);
    const row = chat?.messages.find((each) => each.key === key && isMine(chat, each));
    if (chat && row) return shown(chat, row);
    const { cid, at } = local.keys.find(key) ?? {};
    if (cid === undefined || at === undefined) return undefined;
    const { user: author } = local.meta;
    return { cid, ...(author && { author }), mine: true, ...letter, at, status: "sent" };
  }

  #write(message: Letter & Pick<OutboxEntry, "replaces" | "ask">, instead?: string): OutboxEntry {
    this.#expectOpen();
    const { local, pen, entries, outbox, state, now } = this.#ports;
    const { user: author = "", login } = local.meta;
    const after = cursorIn(local.chats.get(message.to), local.meta.cursor);
    const written = { ...message, at: now(), author, login, ...(after && { after }) };
    const entry = pen.write(written, entries.all);
    outbox.add(entry, instead);
    if (entry.ask === undefined) state.loadLatest(entry.to);
    return entry;
  }

  /** @throws ChatError `connection.closed` */
  #expectOpen(): void {
    if (this.#ports.isClosed()) throw new ChatError("connection.closed", { retryable: false });
  }
}
