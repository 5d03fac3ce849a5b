import { isGroup } from "../../../src/events/messageid.ts";
import type { FinalItem, Happening, Stored } from "./happening.ts";

/** A message that somebody wrote, and what became of it. */
export interface Sending {
  readonly text: string;
  readonly user: string;
  readonly device: string;
  readonly to: string;
  readonly n: number;
  readonly at: number;
  /** How often it went out: once, if nothing was wrong. */
  tries: number;
  /** The names under which it went out. */
  readonly cids: Set<string>;
  /** Each ✓ of it; none: it may be there or not. */
  readonly acks: { readonly at: number; readonly id: string; readonly seq: number }[];
  failed?: string;
}

/** A device of a user. */
export interface Ear {
  readonly device: string;
  readonly user: string;
  readonly kind: "app" | "plain";
  /** Its messages at the end, by chat; no entry: it was never asked. */
  readonly finals: Map<string, readonly FinalItem[]>;
}

/** Where a socket ends. */
export interface Plug {
  readonly socket: string;
  readonly device: string;
  readonly user: string;
}

/** A recorded run, as the invariants look at it. */
export interface History {
  readonly lines: readonly Happening[];
  /** By text. */
  readonly sendings: ReadonlyMap<string, Sending>;
  /** Those to groups, by text. */
  readonly groupSendings: ReadonlyMap<string, Sending>;
  readonly ears: ReadonlyMap<string, Ear>;
  readonly plugs: ReadonlyMap<string, Plug>;
  /** The entries of each user's mailbox, in the order of the log. */
  readonly mailboxes: ReadonlyMap<string, readonly Stored[]>;
  /** Those of each group's. */
  readonly groups: ReadonlyMap<string, readonly Stored[]>;
  /** The monotonic time of a time of the broker's. */
  readonly atOf: (wall: number) => number;
}

type Draft = {
  sendings: Map<string, Sending>;
  groupSendings: Map<string, Sending>;
  ears: Map<string, Ear>;
  plugs: Map<string, Plug>;
  mailboxes: Map<string, Stored[]>;
  groups: Map<string, Stored[]>;
};

/** Arranges the lines of a history, which are in the order of their times. */
export function arrange(lines: readonly Happening[]): History {
  const draft: Draft = {
    sendings: new Map(),
    groupSendings: new Map(),
    ears: new Map(),
    plugs: new Map(),
    mailboxes: new Map(),
    groups: new Map(),
  };
  for (const line of lines) place(draft, line);
  for (const mailbox of [...draft.mailboxes.values(), ...draft.groups.values()])
    mailbox.sort((a, b) => a.seq - b.seq);
  const clock = lines.find((line) => line.what === "clock");
  const offset = clock === undefined ? 0 : clock.wall - clock.at;
  return { lines, ...draft, atOf: (wall) => wall - offset };
}

function place(draft: Draft, line: Happening): void {
  const { sendings, groupSendings, ears, plugs } = draft;
  switch (line.what) {
    case "joins":
      ears.set(line.device, { ...line, finals: new Map() });
      return;
    case "opens":
      plugs.set(line.socket, line);
      return;
    case "writes":
      (isGroup(line.to) ? groupSendings : sendings).set(line.text, {
        ...line,
        tries: 0,
        cids: new Set(),
        acks: [],
      });
      return;
    case "final":
      ears.get(line.device)?.finals.set(line.chat, line.items);
      return;
    case "stored": {
      const all = isGroup(line.owner) ? draft.groups : draft.mailboxes;
      const mailbox = all.get(line.owner);
      if (mailbox === undefined) all.set(line.owner, [line]);
      else mailbox.push(line);
      return;
    }
    default:
      fare(draft, line);
  }
}

/** Later lines about a sending. */
function fare({ sendings, groupSendings }: Draft, line: Happening): void {
  if (!("text" in line)) return;
  const sending = sendings.get(line.text) ?? groupSendings.get(line.text);
  if (sending === undefined) return;
  if (line.what === "sends") {
    sending.tries++;
    sending.cids.add(line.cid);
  } else if (line.what === "acked") sending.acks.push(line);
  else if (line.what === "gives-up") sending.failed = line.code;
}

/** The devices of the two who have a message. */
export const earsOf = ({ ears }: History, { user, to }: Sending): Ear[] =>
  [...ears.values()].filter((ear) => ear.user === user || ear.user === to);

/** The chat in which a user finds a message. */
export const chatOf = (user: string, sending: Sending): string =>
  user === sending.user ? sending.to : sending.user;
