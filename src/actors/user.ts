import { enableMapSet, produce, setAutoFreeze, type Draft } from "immer";
import type { Copy, Mail } from "../events/event.ts";
import { isRepeat, remember, type Sends } from "../events/sends.ts";
import { advance, NOTHING_YET, type Watermarks } from "../events/watermarks.ts";

enableMapSet();
// States are readonly by type; freezing each one at run time would double the cost of a fold.
setAutoFreeze(false);

/** What a user's actor knows of one peer. Positions and causes; 0 = none yet. */
export interface Peer {
  /** The last cause heard from the peer's mailbox: anything up to it is a repeat. */
  readonly heard: number;
  /** Position of the peer's last message here. */
  readonly received: number;
  /** Position of the user's last message to the peer. */
  readonly sent: number;
  /** How far the user has received and read the peer's messages. */
  readonly mine: Watermarks;
  /** How far the peer has received and read the user's. */
  readonly theirs: Watermarks;
}

export interface Session {
  readonly gatewayId: string;
  readonly deviceId: string;
}

export interface UserState {
  /** The last entry of the mailbox that has been folded. */
  readonly seq: number;
  readonly sessions: ReadonlyMap<string, Session>;
  readonly sends: Sends;
  readonly peers: ReadonlyMap<string, Peer>;
}

/** A copy for somebody else's mailbox. (That an entry goes to every session needs no decision.) */
export interface Telling {
  readonly to: string;
  readonly copy: Copy;
}

const STRANGER: Peer = { heard: 0, received: 0, sent: 0, mine: NOTHING_YET, theirs: NOTHING_YET };

export const newcomer: UserState = { seq: 0, sessions: new Map(), sends: [], peers: new Map() };

/**
 * The state after one entry of the mailbox. Total: a repeat moves only `seq`. What is read is read
 * from the state itself, because a draft wraps all that is looked at, at twice the cost of the fold.
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
    case "MessageSent":
      if (isRepeat(state.sends, event.cid)) return;
      draft.sends = remember(state.sends, event.cid) as Draft<Sends>;
      draft.peers.set(event.to, { ...peerOf(state, event.to), sent: seq });
      return;
    case "ReceiptAdvanced": {
      const known = peerOf(state, event.peer);
      const mine = advance(known.mine, event, known.received);
      if (mine !== known.mine) draft.peers.set(event.peer, { ...known, mine });
      return;
    }
    case "SessionOpened":
      draft.sessions.set(event.sessionId, { gatewayId: event.gatewayId, deviceId: event.deviceId });
      return;
    case "SessionClosed":
      draft.sessions.delete(event.sessionId);
  }
}

function hear(state: UserState, draft: Draft<UserState>, event: Copy): void {
  const known = peerOf(state, event.author);
  if (event.cause <= known.heard) return;
  const heard = { ...known, heard: event.cause };
  if (event.type === "MessageSent") heard.received = event.position;
  else heard.theirs = advance(known.theirs, event, known.sent);
  draft.peers.set(event.author, heard);
}

const peerOf = ({ peers }: UserState, id: string): Peer => peers.get(id) ?? STRANGER;

/** Who must be told of `mail`. Deterministic: a repeat after a crash tells exactly the same. */
export function react(before: UserState, mail: Mail): Telling | undefined {
  if (mail.kind === "copy") return undefined;
  const { event, owner: author, seq: cause, at: sentAt } = mail;
  if (event.type === "MessageSent") {
    const { type, to, cid, body } = event;
    if (isRepeat(before.sends, cid)) return undefined;
    return { to, copy: { type, author, to, cid, body, cause, position: cause, sentAt } };
  }
  if (event.type !== "ReceiptAdvanced") return undefined;
  const { type, peer } = event;
  const known = peerOf(before, peer);
  const after = advance(known.mine, event, known.received);
  if (after === known.mine) return undefined;
  const { delivered, read } = after;
  return { to: peer, copy: { type, author, peer, delivered, read, cause } };
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
  return { seq, sessions: new Map(sessions), sends, peers: new Map(peers.map(round)) };
}

const flat = ([id, { heard, received, sent, mine, theirs }]: [string, Peer]) =>
  [id, heard, received, sent, mine.delivered, mine.read, theirs.delivered, theirs.read] as const;

function round(fields: ReturnType<typeof flat>): [string, Peer] {
  const [id, heard, received, sent, delivered, read, theirDelivered, theirRead] = fields;
  const theirs = { delivered: theirDelivered, read: theirRead };
  return [id, { heard, received, sent, mine: { delivered, read }, theirs }];
}
