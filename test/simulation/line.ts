import type { Mail } from "../../src/events/event.ts";
import type { Welcome } from "../../src/protocol/frames/hello.ts";
import type { EventFrame, Resync } from "../../src/protocol/frames/mailbox.ts";
import type { Diary } from "./diary.ts";
import type { SimulatedSocket } from "./socket.ts";

/** A socket of a device, and how far the two have come. */
export interface Line {
  readonly socket: SimulatedSocket;
  /** The seq of the cursor that its hello said. */
  readonly from: number;
  isWelcome: boolean;
  welcomedAt: number;
  sessionId: string;
  resume: string;
  isCaughtUp: boolean;
  heardAt: number;
  /** A head that was said, and lies beyond the cursor since then. */
  ahead: { readonly head: number; readonly since: number } | undefined;
  /** Receipts that were said here, by peer. */
  readonly told: Map<string, number>;
}

export const lineOver = (socket: SimulatedSocket, heardAt: number, from: number): Line => ({
  socket,
  from,
  isWelcome: false,
  welcomedAt: 0,
  sessionId: "",
  resume: "",
  isCaughtUp: false,
  heardAt,
  ahead: undefined,
  told: new Map(),
});

/** The parts of a line that a welcome brings. */
export const welcomed = ({ sessionId, resume }: Welcome, now: number) => ({
  isWelcome: true,
  welcomedAt: now,
  sessionId,
  resume,
});

/** A head that is said stays ahead of the cursor for so long: something is missing. */
export const AHEAD_MS = 4_000;

/** Shows this head, which the line has just said, that something has been missing for some seconds? */
export function lacks(line: Line, head: number, cursor: number, now: number): boolean {
  const { ahead } = line;
  if (head <= cursor) line.ahead = undefined;
  else if (ahead === undefined || ahead.head <= cursor) line.ahead = { head, since: now };
  return line.ahead !== undefined && now - line.ahead.since > AHEAD_MS;
}

/** A device as a witness knows it. */
export interface Reader {
  readonly user: string;
  readonly id: string;
  readonly diary: Diary;
}

/** Something that ought not to be. */
export interface Finding {
  readonly rule: string;
  readonly words: string;
  /** ms since the beginning. */
  readonly at: number;
}

/** Is told of the things that a device comes to know. */
export interface Witness {
  acks(cid: string): void;
  wrong(rule: string, words: string): void;
  /** It had followed its mailbox up to `from`, and has it up to `seq` now. */
  caughtUp(by: Reader, from: number, seq: number): void;
  /** Returns the mailbox of its user as views know it. */
  resync(by: Reader, frame: Resync): readonly Mail[];
  head(by: Reader, head: number): void;
}

/** The part of a group's history that views tell somebody: what lies in their memberships, up to a seq. */
export interface Page {
  readonly positions: readonly number[];
  readonly received: number;
}

/** Is told of the things that a device comes to know of groups. */
export interface GroupWitness {
  /** The history of a group as views tell it to a user. */
  page(user: string, group: string, upTo: number): Page;
  told(by: Reader, frame: EventFrame): void;
  resync(by: Reader, frame: Resync): void;
}
