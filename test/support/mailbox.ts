import type { Copy } from "../../src/events/copy.ts";
import type { Entry } from "../../src/events/entry.ts";
import type { Fact } from "../../src/events/fact.ts";
import type { SessionEvent } from "../../src/events/session.ts";
import type { Data } from "../../src/protocol/extras.ts";
import { wordsOf } from "../../src/rules/receipts.ts";

/** When an entry was stored, in the tests: easy to read back. */
const at = (seq: number): number => 1_000_000 + seq;

const entry = (
  kind: Entry["kind"],
  owner: string,
  seq: number,
  event: Fact | SessionEvent | Copy,
): Entry => ({
  kind,
  owner,
  seq,
  at: at(seq),
  raw: JSON.stringify(event),
});

type Watermarks = { delivered: number; read: number };

const written = (author: string, to: string) =>
  ({ type: "MessageSent", author, to, device: "phone" }) as const;

const copied = (owner: string, author: string, position: number) =>
  ({
    type: "MessageSent",
    author,
    to: owner,
    cid: `phone.${position}`,
    cause: position,
    position,
    sentAt: at(position),
  }) as const;

/** All that a message may have besides its text. */
export interface More {
  readonly data?: Data;
  readonly key?: string;
}

/** The entries of one mailbox, `owner`'s. */
export const mailbox = (owner: string) => ({
  sent: (seq: number, to: string, cid = `phone.${seq}`, body = `${owner} ${seq}`): Entry =>
    entry("fact", owner, seq, { ...written(owner, to), cid, body }),
  /** With content besides its text, and the app's own name of it. */
  sentWith: (seq: number, to: string, cid: string, more: More): Entry =>
    entry("fact", owner, seq, { ...written(owner, to), cid, body: `${owner} ${seq}`, ...more }),
  toldWith: (seq: number, author: string, position: number, more: Pick<More, "data">): Entry =>
    entry("copy", owner, seq, { ...copied(owner, author, position), body: "x", ...more }),
  retried: (seq: number, to: string, cid: string, replaces: string): Entry =>
    entry("fact", owner, seq, { ...written(owner, to), cid, replaces, body: `${owner} ${seq}` }),
  told: (seq: number, author: string, position: number, body = `${author} ${position}`): Entry =>
    entry("copy", owner, seq, { ...copied(owner, author, position), body }),
  received: (seq: number, peer: string, marks: Watermarks): Entry =>
    entry("fact", owner, seq, { ...wordsOf(marks), author: owner, peer, device: "phone" }),
  ticked: (seq: number, author: string, cause: number, marks: Watermarks): Entry =>
    entry("copy", owner, seq, { ...wordsOf(marks), author, peer: owner, cause }),
  joined: (seq: number, group: string, from: number, cause = seq): Entry =>
    entry("copy", owner, seq, { type: "GroupJoined", author: group, cause, from }),
  left: (seq: number, group: string, from: number, upTo: number, cause = seq): Entry =>
    entry("copy", owner, seq, {
      type: "GroupLeft",
      author: group,
      cause,
      from,
      upTo,
      why: "removed",
    }),
  opened: (seq: number): Entry =>
    entry("session", owner, seq, {
      type: "SessionOpened",
      sessionId: "s",
      gatewayId: "g",
      deviceId: "d",
    }),
});

export const delivered = (upTo: number): Watermarks => ({ delivered: upTo, read: 0 });
export const read = (upTo: number): Watermarks => ({ delivered: upTo, read: upTo });
