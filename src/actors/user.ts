import { produce } from "immer";
import type { Copy } from "../events/copy.ts";
import type { Mail } from "../events/event.ts";
import type { SessionEvent } from "../events/session.ts";
import { fold, peerOf } from "../rules/conversation.ts";
import { SILENCE, type Conversation } from "../rules/standing.ts";
import { wordsOf } from "../rules/receipts.ts";
import { hashOf } from "../rules/resume.ts";
import type { Sends } from "../rules/sends.ts";
import { Peers } from "./peers.ts";

export interface Session {
  readonly sessionId: string;
  readonly gatewayId: string;
  readonly deviceId: string;
  /** SHA-256 of the secret that closes it from elsewhere. */
  readonly resume?: string;
}

/** A user's actor as it stands: a fold of the user's mailbox. */
export interface UserState {
  /** The last entry of the mailbox that has been folded. */
  readonly seq: number;
  /** In the order of their opening: a few, so a list, which takes a quarter of the memory of a map. */
  readonly sessions: readonly Session[];
  readonly sends: Sends;
  readonly peers: Peers;
}

/** A copy for somebody else's mailbox. (That an entry goes to every session needs no decision.) */
export interface Telling {
  readonly to: string;
  readonly copy: Copy;
}

export const newcomer: UserState = { seq: 0, sessions: [], sends: [], peers: Peers.none };

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
  const { sessions, sends, peers } = state;
  const peer = peerOf(mail);
  if (peer === undefined) return { state: { seq, sessions: meet(sessions, mail), sends, peers } };
  const folded = fold(peers.get(peer) ?? SILENCE, sends, mail);
  if (folded === undefined) return { state: { seq, sessions, sends, peers } };
  const { chat } = folded;
  const copy = mail.kind === "fact" ? copyOf(mail, chat) : undefined;
  return {
    state: { seq, sessions, sends: folded.sends, peers: peers.with(peer, chat) },
    telling: copy && { to: peer, copy },
  };
}

/**
 * The sessions after an entry that is about the user alone. Only the list is a draft: immer gives each
 * object that it copies and freezes a hidden class of its own.
 */
function meet(sessions: readonly Session[], { event }: Mail): readonly Session[] {
  const after = produce(sessions, (draft) => {
    switch (event.type) {
      case "SessionOpened": {
        const { sessionId, gatewayId, deviceId, resume } = event;
        const session = { sessionId, gatewayId, deviceId, ...(resume && { resume }) };
        const at = draft.findIndex((known) => known.sessionId === sessionId);
        if (at < 0) draft.push(session);
        else draft[at] = session;
        return;
      }
      case "SessionClosed": {
        const at = draft.findIndex((known) => known.sessionId === event.sessionId);
        if (at >= 0 && closes(draft[at], event)) draft.splice(at, 1);
        return;
      }
      case "MessageSent":
      case "MessageDelivered":
      case "MessageRead":
        return;
      default:
        event satisfies never;
    }
  });
  // A list that has grown keeps room for sixteen more; a copy of it does not.
  return after === sessions ? sessions : after.slice();
}

/** The session of that id, if it is open. */
export const sessionOf = ({ sessions }: UserState, sessionId: string): Session | undefined =>
  sessions.find((session) => session.sessionId === sessionId);

/**
 * Does the closing count? Anybody who knows a session's id could ask that it be replaced: only its
 * own client knows the secret.
 */
function closes(
  session: Session | undefined,
  { reason, resume }: Extract<SessionEvent, { type: "SessionClosed" }>,
): boolean {
  if (reason !== "replaced") return true;
  return resume !== undefined && hashOf(resume) === session?.resume;
}

/** The words to the peer about a fact that has changed the conversation. */
function copyOf(
  { event, owner: author, position: cause, at: sentAt }: Extract<Mail, { kind: "fact" }>,
  { mine }: Conversation,
): Copy | undefined {
  switch (event.type) {
    case "MessageSent": {
      const { type, to, cid, body, data } = event;
      const said = { type, author, to, cid, body, cause, position: cause, sentAt } as const;
      return data === undefined ? said : { ...said, data };
    }
    case "MessageDelivered":
    case "MessageRead":
      return { ...wordsOf(mine), author, peer: event.peer, cause };
    default:
      event satisfies never;
      return undefined;
  }
}

/** A state as text; undefined: it would be longer than `charsMax`, which is found out by then. */
export function freeze(state: UserState): string;
export function freeze(state: UserState, charsMax: number): string | undefined;
export function freeze(state: UserState, charsMax = Number.POSITIVE_INFINITY): string | undefined {
  const { peers, ...rest } = state;
  const head = JSON.stringify(rest).slice(0, -1);
  const texts: string[] = [];
  let chars = head.length;
  for (const peer of peers) {
    const text = JSON.stringify(flat(peer));
    chars += text.length + 1;
    if (chars > charsMax) return undefined;
    texts.push(text);
  }
  return `${head},"peers":[${texts.join(",")}]}`;
}

export function thaw(text: string): UserState {
  const { seq, sessions, sends, peers } = JSON.parse(text) as {
    seq: number;
    sessions: Session[];
    sends: Sends;
    peers: ReturnType<typeof flat>[];
  };
  return { seq, sessions, sends, peers: Peers.of(peers.map(round)) };
}

const flat = ([id, { heard, received, sent, mine, theirs }]: [string, Conversation]) =>
  [id, heard, received, sent, mine.delivered, mine.read, theirs.delivered, theirs.read] as const;

function round(fields: ReturnType<typeof flat>): [string, Conversation] {
  const [id, heard, received, sent, delivered, read, theirDelivered, theirRead] = fields;
  const theirs = { delivered: theirDelivered, read: theirRead };
  return [id, { heard, received, sent, mine: { delivered, read }, theirs }];
}
