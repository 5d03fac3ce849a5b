import type { ServerFrame } from "../protocol/frames/frame.ts";
import type { Link } from "./connection/link.ts";
import type { Requests } from "./connection/requests.ts";
import type { OutboxEntry } from "./outbox/entry.ts";
import type { Local } from "./mailbox/local.ts";
import type { LocalChat } from "./mailbox/localchat.ts";
import type { Receipts, ReadingState } from "./mailbox/receipts.ts";
import type { Entries } from "./outbox/entries.ts";

/** The parts of a client that a machine works with. */
export interface Works {
  readonly entries: Entries;
  readonly local: Local;
  readonly receipts: Receipts;
  readonly requests: Requests;
  readonly link: Link;
}

/** A program that uses a client in a person's place: `posthorn/bot`. It decides when the client may say something. */
export interface Machine {
  /** False of {@link PERSON} alone. */
  readonly isOne: boolean;
  /** The parts of its client, once, before anything happens. */
  attach(parts: Works): void;
  /** A frame of the server, behind what the client has made of it. */
  heard(frame: ServerFrame): void;
  /**
   * Everything that was missed has come, on a new connection or on the next socket of one whose server goes away. Sends and
   * receipts go out on it from `start` on, which also lets go of the socket before; else `link.leave` does.
   */
  synced(start: () => void): void;
  /** The connection is gone. */
  lost(): void;
  /** A send of its own was refused for good. */
  refused(entry: OutboxEntry): void;
  /** How far the machine has come in a chat, as receipts are to say it. */
  standing(chat: LocalChat): ReadingState;
}

const nothing = (): void => undefined;
/** No program: a person may say something as soon as everything has come, and reads what is on the screen. */
export const PERSON: Machine = {
  isOne: false,
  attach: nothing,
  heard: nothing,
  lost: nothing,
  refused: nothing,
  synced: (start) => start(),
  standing: (chat) => chat,
};
