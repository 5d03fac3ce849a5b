import { NOTHING_YET, type Watermarks } from "./watermarks.ts";

/** Where a conversation stands, as the mailbox of one of its two sides tells it. 0 = none yet. */
export interface Conversation {
  /** The last cause heard from the peer's mailbox: a copy whose cause is not above it is a repeat. */
  readonly heard: number;
  /** Position of the peer's last message here. */
  readonly received: number;
  /** Position of the owner's last message to the peer. */
  readonly sent: number;
  /** How far the owner has received and read the peer's messages. */
  readonly mine: Watermarks;
  /** How far the peer has received and read the owner's. */
  readonly theirs: Watermarks;
}

export const SILENCE: Conversation = {
  heard: 0,
  received: 0,
  sent: 0,
  mine: NOTHING_YET,
  theirs: NOTHING_YET,
};
