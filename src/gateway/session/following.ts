import { eventFrame, readable } from "../../protocol/write.ts";
import { amend } from "./amend.ts";
import { close } from "./ending.ts";
import { filled, filledTo, reaches, routed, type Cursor, type Move } from "./cursor.ts";
import type { Claim } from "../../rules/claim.ts";
import {
  NOTHING,
  type Effect,
  type Fill,
  type Happening,
  type Live,
  type ResyncReason,
  type Step,
  type Terms,
} from "./session.ts";

type Of<T extends Happening["type"]> = Extract<Happening, { type: T }>;

/** The rules of following a mailbox: what is routed, what is read from the log, and how they meet. */
export function begin(
  live: Live,
  since: Claim & { readonly epoch: string },
  head: number,
  epoch: string,
): Step {
  if (since.epoch !== epoch) return resync(live, head, epoch, "epoch");
  // The session's own opening is at `head`: the log has nothing behind it that a device could know.
  if (Math.max(since.seq, since.on?.seq ?? 0) >= head)
    return resync(live, head, epoch, "rolled-back");
  const { seq, on } = since;
  const claim = seq === 0 ? {} : { claim: on === undefined ? { seq } : { seq, on } };
  const fill = { after: seq, upTo: head, first: true, epoch, ...claim };
  const cursor = { ...live.cursor, seq: since.seq };
  return [{ ...live, cursor, fill }, [{ do: "fill", user: live.user, fill }]];
}

/** A live entry of the mailbox. */
export function route(live: Live, { seq, prev, frame }: Of<"routed">): Step {
  const [cursor, move] = routed(live.cursor, seq, prev);
  if (move === "forward") return [amend(live, { cursor }), [{ do: "tell", text: frame }]];
  return follow(live, cursor, move);
}

export function reach(live: Live, head: number): Step {
  const [cursor, move] = reaches(live.cursor, head);
  return follow(live, cursor, move);
}

/** The client has followed a log that is not this one. */
export const differs = (live: Live, { fill }: Of<"differs">): Step =>
  live.fill === fill ? resync(live, fill.upTo, fill.epoch, "rolled-back") : [live, NOTHING];

/** The log has so many entries for a reading: too many are left to the views. */
export function counted(live: Live, { fill, entries }: Of<"counted">, { limits }: Terms): Step {
  if (live.fill !== fill || !fill.first || entries <= limits.resumeEntries) return [live, NOTHING];
  return resync(live, fill.upTo, fill.epoch, "too-long");
}

/** Entries of a reading that still counts. */
export function read(live: Live, { fill, entries }: Of<"read">): Step {
  if (live.fill !== fill) return [live, NOTHING];
  const owner = live.user;
  let prev = live.cursor.seq;
  const texts = entries.map(({ seq, at, generation = 0, raw }) => {
    const text = eventFrame({ owner, seq, at, generation }, prev, readable(raw));
    prev = seq;
    return text;
  });
  return [amend(live, { cursor: filledTo(live.cursor, prev) }), [{ do: "tellAll", texts }]];
}

/**
 * A reading has come to its end, which is an entry of the mailbox: the session's own opening, or the newest that was known. Without it
 * the log has lost its end since, and what comes next would follow an entry that nobody has: the client comes back.
 */
export function end(live: Live, { fill }: Of<"filled">): Step {
  if (live.fill !== fill) return [live, NOTHING];
  if (live.cursor.seq < fill.upTo) return unread(live);
  const caughtUp = { t: "caughtUp", mailbox: live.user, seq: fill.upTo } as const;
  const said: Effect[] = fill.first ? [{ do: "say", frame: caughtUp }] : [];
  const [next, effects] = come(live, fill.upTo);
  // While there is more to be read, groups wait.
  return [next, [...said, ...effects, ...(effects.length === 0 ? [FOLLOW] : [])]];
}

const FOLLOW: Effect = { do: "follow" };

/** The log could not be read: the client comes back. */
export const unread = (live: Live): Step => close(live, "resync");

function resync(live: Live, head: number, epoch: string, reason: ResyncReason): Step {
  const frame = { t: "resync", mailbox: live.user, epoch, seq: head, reason } as const;
  // The entry at `head` comes as an event all the same: the device's next cursor stands on it.
  const fill = { after: head - 1, upTo: head, first: false, epoch: "" };
  const cursor = { seq: fill.after, head: Math.max(live.cursor.head, head), filling: true };
  return [
    { ...live, cursor, fill },
    [
      { do: "say", frame },
      { do: "fill", user: live.user, fill },
    ],
  ];
}

/** The session has come as far as `upTo`, by reading or by not having to. */
function come(live: Live, upTo: number): Step {
  const [cursor, move] = filled(live.cursor, upTo);
  return follow({ ...live, fill: undefined }, cursor, move);
}

function follow(live: Live, cursor: Cursor, move: Move): Step {
  if (move !== "fill")
    return cursor === live.cursor && live.fill === undefined
      ? [live, NOTHING]
      : [amend(live, { cursor }), NOTHING];
  const fill: Fill = { after: cursor.seq, upTo: cursor.head, first: false, epoch: "" };
  return [{ ...live, cursor, fill }, [{ do: "fill", user: live.user, fill }]];
}
