import type { Copy } from "../events/copy.ts";
import type { Mail } from "../events/event.ts";
import type { GroupAsk } from "../events/groupask.ts";
import { isGroup } from "../events/messageid.ts";
import { fold, peerOf } from "../rules/conversation.ts";
import { busyBy, heardBy } from "../rules/group/busy.ts";
import { SILENCE } from "../rules/standing.ts";
import { wordsOf } from "../rules/receipts.ts";
import type { Sends } from "../rules/sends.ts";
import { entered, isAtLimit, isOfStay, left, present } from "../rules/stays.ts";
import type { Watermarks } from "../rules/watermarks.ts";
import { staysOf, type Memberships } from "./memberships.ts";
import { Peers } from "./peers.ts";
import { meet, NOBODY_HERE, type Attendance } from "./attendance.ts";

/** A user's actor as it stands: a fold of the user's mailbox. */
export interface UserState extends Attendance {
  /** The last entry of the mailbox that has been folded. */
  readonly seq: number;
  readonly sends: Sends;
  readonly peers: Peers;
  /** The groups that have told of a membership. */
  readonly groups: Memberships;
  /** When one of them last said that it is busy, by the times of this mailbox; 0: never. */
  readonly busyAt: number;
}

/** A copy for somebody else's mailbox, or a group's. (That an entry goes to every session needs no decision.) */
export interface Telling {
  readonly to: string;
  readonly copy: Copy | GroupAsk;
}

export const newcomer: UserState = {
  seq: 0,
  ...NOBODY_HERE,
  sends: [],
  peers: Peers.none(),
  groups: Peers.none(),
  busyAt: 0,
};

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
  const { sessions, ending, signOuts, closed, sends, peers, groups, busyAt } = state;
  const peer = peerOf(mail);
  if (peer === undefined)
    return {
      state: {
        seq,
        ...meet({ sessions, ending, signOuts, closed }, mail),
        sends,
        peers,
        groups,
        busyAt,
      },
    };
  const folded = fold(peers.get(peer) ?? SILENCE, sends, mail);
  if (folded === undefined)
    return { state: { seq, sessions, ending, signOuts, closed, sends, peers, groups, busyAt } };
  const { what, chat } = folded;
  const told = mail.kind === "copy" ? toldByGroup(groups, mail) : undefined;
  return {
    state: {
      seq,
      sessions,
      ending,
      signOuts,
      closed,
      sends: folded.sends,
      peers: peers.with(peer, chat),
      groups: told?.groups ?? groups,
      busyAt: busyBy(busyAt, mail),
    },
    telling:
      mail.kind === "fact" && what !== "heard"
        ? tellingOf(mail, {
            mine: chat.mine,
            under: membershipIn(groups, peer),
            knows: heardBy(mail.at, busyAt, chat.heard),
          })
        : told?.declined,
  };
}

/** The fact of a group by which the user is in it; 0: they are not, or it is a person. */
const membershipIn = (groups: Memberships, peer: string): number =>
  isGroup(peer) ? (present(groups.get(peer))?.from ?? 0) : 0;

/** Words of a group about the user's membership there; one in more groups than a user may have is declined, by leaving it. */
function toldByGroup(
  groups: Memberships,
  { event, owner: author, position: cause }: Extract<Mail, { kind: "copy" }>,
): { readonly groups: Memberships; readonly declined?: Telling } | undefined {
  if (event.type !== "GroupJoined" && event.type !== "GroupLeft") return undefined;
  const { author: group, from } = event;
  const stays = groups.get(group) ?? [];
  if (event.type === "GroupLeft")
    return { groups: groups.with(group, left(stays, from, event.upTo)) };
  if (isOfStay(stays, from) || !isAtLimit(staysOf(groups)))
    return { groups: groups.with(group, entered(stays, from)) };
  const ask = { do: "leave", why: "limit" } as const;
  return {
    groups,
    declined: { to: group, copy: { type: "GroupAsked", author, group, ask, cause, under: from } },
  };
}

/** Things that an actor adds to a fact of its user: the watermarks behind it, which a receipt says, the membership that it is under, and what its author has heard of the group. */
interface Known {
  readonly mine: Watermarks;
  readonly under: number;
  readonly knows: number;
}

/** The words to the peer about a fact that has changed the conversation, or to the group that it is for. */
export function tellingOf(
  { event, owner: author, position: cause, at: sentAt }: Extract<Mail, { kind: "fact" }>,
  { mine, under, knows }: Known,
): Telling | undefined {
  switch (event.type) {
    case "MessageSent": {
      const { type, to, cid, body, data, mentions } = event;
      if (isGroup(to))
        return {
          to,
          copy: { type, author, to, cid, body, cause, under, knows, sentAt, data, mentions },
        };
      return { to, copy: { type, author, to, cid, body, cause, position: cause, sentAt, data } };
    }
    case "MessageDelivered":
    case "MessageRead": {
      const { peer } = event;
      // A group is told by gateways how far its members have come; this is for the user's other devices.
      if (isGroup(peer)) return undefined;
      return { to: peer, copy: { ...wordsOf(mine), author, peer, cause } };
    }
    case "GroupAsked": {
      const { type, group, cid, ask } = event;
      return { to: group, copy: { type, author, group, cid, ask, cause, under } };
    }
    default:
      event satisfies never;
      return undefined;
  }
}
