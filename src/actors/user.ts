import type { Copy } from "../events/copy.ts";
import type { Mail } from "../events/event.ts";
import { isGroup } from "../events/messageid.ts";
import { fold, peerOf } from "../rules/conversation.ts";
import { SILENCE } from "../rules/standing.ts";
import { wordsOf } from "../rules/receipts.ts";
import type { Sends } from "../rules/sends.ts";
import type { Watermarks } from "../rules/watermarks.ts";
import { Peers } from "./peers.ts";
import { meet, NOBODY_HERE, type Attendance } from "./attendance.ts";

/** A user's actor as it stands: a fold of the user's mailbox. */
export interface UserState extends Attendance {
  /** The last entry of the mailbox that has been folded. */
  readonly seq: number;
  readonly sends: Sends;
  readonly peers: Peers;
}

/** A copy for somebody else's mailbox. (That an entry goes to every session needs no decision.) */
export interface Telling {
  readonly to: string;
  readonly copy: Copy;
}

export const newcomer: UserState = { seq: 0, ...NOBODY_HERE, sends: [], peers: Peers.none() };

/** A user's actor after an entry. */
export interface Evolved {
  readonly state: UserState;
  /** The one who must be told. */
  readonly telling?: Telling | undefined;
}

/**
 * Folds one entry of the mailbox. Total: a repeat moves only `seq` and tells nobody. Deterministic: a
 * second run after a crash tells exactly the same.
 */
export function evolve(state: UserState, mail: Mail): Evolved {
  const { seq } = mail;
  const { sessions, ending, signOuts, closed, sends, peers } = state;
  const peer = peerOf(mail);
  if (peer === undefined)
    return { state: { seq, ...meet({ sessions, ending, signOuts, closed }, mail), sends, peers } };
  const folded = fold(peers.get(peer) ?? SILENCE, sends, mail);
  if (folded === undefined)
    return { state: { seq, sessions, ending, signOuts, closed, sends, peers } };
  const { what, chat } = folded;
  return {
    state: {
      seq,
      sessions,
      ending,
      signOuts,
      closed,
      sends: folded.sends,
      peers: peers.with(peer, chat),
    },
    telling: mail.kind === "fact" && what !== "heard" ? tellingOf(mail, chat.mine) : undefined,
  };
}

/**
 * The words to the peer about a fact that has changed the conversation. `mine`: the owner's watermarks behind
 * it, which a receipt says; all else the fact says itself.
 */
export function tellingOf(
  { event, owner: author, position: cause, at: sentAt }: Extract<Mail, { kind: "fact" }>,
  mine: Watermarks,
): Telling | undefined {
  switch (event.type) {
    case "MessageSent": {
      const { type, to, cid, body, data } = event;
      if (isGroup(to)) return undefined;
      return { to, copy: { type, author, to, cid, body, cause, position: cause, sentAt, data } };
    }
    case "MessageDelivered":
    case "MessageRead": {
      const { peer } = event;
      // A group knows how far its members have read from their gateways.
      if (isGroup(peer)) return undefined;
      return { to: peer, copy: { ...wordsOf(mine), author, peer, cause } };
    }
    case "GroupAsked":
      return undefined;
    default:
      event satisfies never;
      return undefined;
  }
}
