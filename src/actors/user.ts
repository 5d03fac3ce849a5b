import { enableMapSet, produce, setAutoFreeze, type Draft } from "immer";
import type { Copy } from "../events/copy.ts";
import type { Fact } from "../events/fact.ts";
import type { Mail } from "../events/event.ts";
import { accept, type Sends } from "../rules/sends.ts";
import { claimOf, isReceipt, wordsOf } from "../rules/receipts.ts";
import { hashOf } from "../rules/resume.ts";
import { advance, NOTHING_YET } from "../rules/watermarks.ts";
import { Peers, type Peer } from "./peers.ts";

enableMapSet();
// States are readonly by type; freezing each one at run time would double the cost of a fold.
setAutoFreeze(false);

export interface Session {
  readonly gatewayId: string;
  readonly deviceId: string;
  /** SHA-256 of the secret that closes it from elsewhere. */
  readonly resume?: string;
}

export interface UserState {
  /** The last entry of the mailbox that has been folded. */
  readonly seq: number;
  readonly sessions: ReadonlyMap<string, Session>;
  readonly sends: Sends;
  readonly peers: Peers;
}

/** A copy for somebody else's mailbox. (That an entry goes to every session needs no decision.) */
export interface Telling {
  readonly to: string;
  readonly copy: Copy;
}

const STRANGER: Peer = { heard: 0, received: 0, sent: 0, mine: NOTHING_YET, theirs: NOTHING_YET };

export const newcomer: UserState = { seq: 0, sessions: new Map(), sends: [], peers: Peers.none };

/**
 * The state after one entry of the mailbox. Total: a repeat moves only `seq`. What is read is read
 * from the state itself, not from the draft: a draft that is looked into costs four times as much.
 */
export const evolve = (state: UserState, mail: Mail): UserState =>
  produce(state, (draft) => {
    draft.seq = mail.seq;
    if (mail.kind === "copy") hear(state, draft, mail.event);
    else act(state, draft, mail);
  });

function act(
  state: UserState,
  draft: Draft<UserState>,
  { event, seq }: Extract<Mail, { kind: "fact" }>,
): void {
  switch (event.type) {
    case "MessageSent": {
      const sends = accept(state.sends, event);
      if (sends === state.sends) return;
      draft.sends = sends as Draft<Sends>;
      know(state, draft, event.to, { ...peerOf(state, event.to), sent: seq });
      return;
    }
    case "MessageDelivered":
    case "MessageRead": {
      const known = peerOf(state, event.peer);
      const mine = advance(known.mine, claimOf(event), known.received);
      if (mine !== known.mine) know(state, draft, event.peer, { ...known, mine });
      return;
    }
    case "SessionOpened": {
      const { sessionId, gatewayId, deviceId, resume } = event;
      draft.sessions.set(sessionId, { gatewayId, deviceId, ...(resume && { resume }) });
      return;
    }
    case "SessionClosed":
      if (!closes(state.sessions.get(event.sessionId), event)) return;
      draft.sessions.delete(event.sessionId);
  }
}

/**
 * Does the closing count? Anybody who knows a session's id could ask that it be replaced: only its
 * own client knows the secret.
 */
function closes(
  session: Session | undefined,
  { reason, resume }: Extract<Fact, { type: "SessionClosed" }>,
): boolean {
  if (session === undefined) return false;
  return reason !== "replaced" || (resume !== undefined && hashOf(resume) === session.resume);
}

function hear(state: UserState, draft: Draft<UserState>, event: Copy): void {
  const known = peerOf(state, event.author);
  if (event.cause <= known.heard) return;
  const heard = { ...known, heard: event.cause };
  if (event.type === "MessageSent") heard.received = event.position;
  else heard.theirs = advance(known.theirs, claimOf(event), known.sent);
  know(state, draft, event.author, heard);
}

function know({ peers }: UserState, draft: Draft<UserState>, id: string, peer: Peer): void {
  draft.peers = peers.with(id, peer) as Draft<Peers>;
}

const peerOf = ({ peers }: UserState, id: string): Peer => peers.get(id) ?? STRANGER;

/** Who must be told of `mail`. Deterministic: a repeat after a crash tells exactly the same. */
export function react(before: UserState, mail: Mail): Telling | undefined {
  if (mail.kind === "copy") return undefined;
  const { event, owner: author, seq: cause, at: sentAt } = mail;
  if (event.type === "MessageSent") {
    const { type, to, cid, body } = event;
    if (accept(before.sends, event) === before.sends) return undefined;
    return { to, copy: { type, author, to, cid, body, cause, position: cause, sentAt } };
  }
  if (!isReceipt(event)) return undefined;
  const { peer } = event;
  const known = peerOf(before, peer);
  const after = advance(known.mine, claimOf(event), known.received);
  if (after === known.mine) return undefined;
  return { to: peer, copy: { ...wordsOf(after), author, peer, cause } };
}

/** A state as text, and back. */
export const freeze = (state: UserState): string =>
  JSON.stringify({ ...state, sessions: [...state.sessions], peers: [...state.peers].map(flat) });

export function thaw(text: string): UserState {
  const { seq, sessions, sends, peers } = JSON.parse(text) as {
    seq: number;
    sessions: [string, Session][];
    sends: Sends;
    peers: ReturnType<typeof flat>[];
  };
  return { seq, sessions: new Map(sessions), sends, peers: Peers.of(peers.map(round)) };
}

const flat = ([id, { heard, received, sent, mine, theirs }]: [string, Peer]) =>
  [id, heard, received, sent, mine.delivered, mine.read, theirs.delivered, theirs.read] as const;

function round(fields: ReturnType<typeof flat>): [string, Peer] {
  const [id, heard, received, sent, delivered, read, theirDelivered, theirRead] = fields;
  const theirs = { delivered: theirDelivered, read: theirRead };
  return [id, { heard, received, sent, mine: { delivered, read }, theirs }];
}
