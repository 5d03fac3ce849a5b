import * as z from "zod";
import { Activity } from "./activity.ts";
import { Copy } from "./copy.ts";
import type { Event, Place, Recorded } from "./event.ts";
import type { Instant } from "./instant.ts";
import { positionOf } from "./position.ts";
import { Fact } from "./fact.ts";
import { GroupAsk } from "./groupask.ts";
import { GroupFact } from "./groupfact.ts";
import { isGroup } from "./messageid.ts";
import { Owner } from "./owner.ts";
import { SessionEvent } from "./session.ts";
import { Tick } from "./tick.ts";

/** One entry of a stream as it lies there, not yet opened. */
export interface Entry extends Place {
  /**
   * The one who wrote it, and in whose mailbox: `fact`, `session` and `copy` lie in a user's, `group` (what the group has accepted),
   * `ask` (what it was asked) and `tick` in a group's.
   */
  readonly kind: "fact" | "session" | "copy" | "group" | "ask" | "tick" | "activity" | "owner";
  /** The generation of the stream at this seq; absent: 0. */
  readonly generation?: number;
  /** The time at which the broker stored the entry, to the nanosecond; absent: no more is known than `at`. */
  readonly instant?: Instant;
  /** Of a group's fact, where its headers were read: the member whose membership it ends. */
  readonly ended?: string;
  /** Position of the last fact before it that ended a membership; absent: there is none. */
  readonly endedBefore?: number;
  /** The event as JSON text. */
  readonly raw: string;
  /** The event, once somebody has opened the entry: an entry that is shared is parsed once. */
  event?: Event;
}

/** The reason why an entry is left out: its text is no event this version knows, or a rule of ours fails at it. */
export interface Aside {
  readonly why: "unreadable" | "bug";
  /** Never what the entry says. */
  readonly reason: string;
}

/**
 * Opens an entry.
 * @throws Error when the text is no event this version knows: the caller sets it aside.
 */
export function open(entry: Entry): Recorded {
  const { kind, owner, seq, at, generation = 0 } = entry;
  if (isGroup(owner) !== OF_GROUPS.has(kind)) throw new MisplacedError();
  entry.event ??= PARSERS[kind].parse(JSON.parse(entry.raw));
  // Spelled out: an object spread here costs more than parsing and checking together.
  const position = positionOf(generation, seq);
  return { kind, owner, seq, at, generation, position, event: entry.event } as Recorded;
}

/** No entry of that kind belongs into the mailbox: nothing of a group's is opened as a user's, and nothing of a user's as a group's. */
class MisplacedError extends Error {
  override readonly name = "MisplacedError";
}
const OF_GROUPS: ReadonlySet<Entry["kind"]> = new Set(["group", "ask", "tick"]);

/** Does this version know events of that type in entries of that kind? */
export function knows(kind: Entry["kind"], type: string): boolean {
  const { error } = PARSERS[kind].safeParse({ type });
  return error?.issues.every(({ path }) => path[0] !== "type") ?? true;
}

/** The words that may be said of an error of {@link open}: a parser's own message quotes what it has read. */
export function whyUnreadable(error: unknown): string {
  const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
  if (issue !== undefined) return `${issue.path.join(".") || "event"}: ${issue.code}`;
  return error instanceof Error ? error.name : "unknown";
}

const PARSERS = {
  fact: Fact,
  session: SessionEvent,
  copy: Copy,
  group: GroupFact,
  ask: GroupAsk,
  tick: Tick,
  activity: Activity,
  owner: Owner,
} as const;
