import type { ClientFrame } from "../../protocol/frames/frame.ts";
import { NOTHING_YET, type Watermarks } from "../../rules/watermarks.ts";
import type { LocalChat } from "./chat.ts";

const AGAIN_MS = 1000;

/** Tells the server what has been received and read, as one watermark per chat. */
export class Receipts {
  readonly #chats: ReadonlyMap<string, LocalChat>;
  readonly #send: (frame: Extract<ClientFrame, { t: "delivered" | "read" }>) => void;
  /** On this connection; whether it was stored, the mailbox tells. */
  readonly #told = new Map<string, Watermarks>();
  #open = false;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(
    chats: ReadonlyMap<string, LocalChat>,
    send: (frame: Extract<ClientFrame, { t: "delivered" | "read" }>) => void,
  ) {
    this.#chats = chats;
    this.#send = send;
  }

  tell(peers: Iterable<string>): void {
    if (!this.#open) return;
    for (const peer of peers) {
      const chat = this.#chats.get(peer);
      if (chat) this.#tell(chat);
    }
  }

  /** What this user's other devices have told is known by now. */
  start(): void {
    this.#open = true;
    this.#told.clear();
    this.tell(this.#chats.keys());
  }

  /** Something was refused for now; a watermark may be told twice. */
  repeat(afterMs = AGAIN_MS): void {
    if (this.#open) this.#again ??= setTimeout(() => this.#repeat(), afterMs);
  }

  stop(): void {
    this.#open = false;
    clearTimeout(this.#again);
    this.#again = undefined;
  }

  #repeat(): void {
    this.#again = undefined;
    this.start();
  }

  #tell({ peer, mine, seen, received }: LocalChat): void {
    const told = this.#told.get(peer) ?? NOTHING_YET;
    if (seen > Math.max(mine.read, told.read)) this.#send({ t: "read", peer, upTo: seen });
    // Read implies delivered.
    if (received > Math.max(mine.delivered, told.delivered, seen))
      this.#send({ t: "delivered", peer, upTo: received });
    this.#told.set(peer, { delivered: received, read: seen });
  }
}
