import { calmOf } from "../history/calm.ts";
import type { Happening } from "../history/happening.ts";
import type { History } from "../history/history.ts";
import type { Invariant } from "./invariant.ts";

/** The server's `onlineMs`. */
const ONLINE_MS = 20_000;
/** A paused gateway, or a link that holds everything, makes a word that late. */
const LATE_MS = 40_000;
/** The broker stamps, and the harness looks: on one machine, and not at one moment. */
const SKEW_MS = 1_000;
/** A fault is felt for so long behind its end. */
const AFTER_MS = 10_000;
/** A gateway says at most so often that somebody is active. */
const EVERY_MS = 2_000;

/** I9: last seen never goes back, and says what is true; nobody is online who has long done nothing. */
export const lastSeen: Invariant = {
  id: "I9",
  promise: "last seen never goes back, and is true",
  breaches: (history) => [...told(history), ...stale(history)],
};

type Seen = Extract<Happening, { what: "sees" }>;

/** When each user has done something that a human does, as far as a socket took it. */
function actsOf({ lines, plugs }: History): Map<string, number[]> {
  const acts = new Map<string, number[]>();
  for (const line of lines) {
    if (!isAct(line)) continue;
    const user = plugs.get(line.socket)?.user ?? "";
    const own = acts.get(user);
    if (own === undefined) acts.set(user, [line.at]);
    else own.push(line.at);
  }
  return acts;
}

type Act = Extract<Happening, { what: "acts" | "sends" | "says" }>;

const isAct = (line: Happening): line is Act =>
  line.what === "acts" ||
  (line.what === "sends" && line.auto !== true) ||
  (line.what === "says" && line.type === "read");

function* told(history: History): Generator<string> {
  const acts = actsOf(history);
  const confirmed = confirmedOf(history);
  const highest = new Map<string, number>();
  for (const line of history.lines) {
    if (line.what !== "sees") continue;
    const device = history.plugs.get(line.socket)?.device ?? "";
    const key = `${device} ${line.user}`;
    const before = highest.get(key) ?? 0;
    const seen = line.lastSeen ?? 0;
    highest.set(key, Math.max(before, seen));
    const about = `${device} is told at ${Math.round(line.at)} ms that ${line.user} was last seen`;
    if (seen < before) yield `${about} ${before - seen} ms before what it was told already`;
    const at = seen === 0 ? -Infinity : history.atOf(seen);
    if (at > 0 && !hasDone(acts.get(line.user) ?? [], at))
      yield `${about} at ${Math.round(at)} ms, when nobody did anything`;
    const due = confirmed.get(line.user)?.findLast((act) => act < line.at - LATE_MS) ?? -Infinity;
    if (due - EVERY_MS - SKEW_MS > at)
      yield `${about} at ${Math.round(at)} ms, and something of ${line.user} was acknowledged at ${Math.round(due)} ms`;
  }
}

/**
 * When each user has written something that was acknowledged at the first try, and nothing was broken: a sign of activity is
 * said once, and lost where the broker is away.
 */
function confirmedOf({ sendings, lines }: History): Map<string, number[]> {
  const isCalm = calmOf(lines, AFTER_MS);
  const confirmed = new Map<string, number[]>();
  for (const { user, at, tries, acks } of sendings.values()) {
    if (tries !== 1 || acks.length === 0 || !isCalm(at, at + EVERY_MS)) continue;
    const own = confirmed.get(user);
    if (own === undefined) confirmed.set(user, [at]);
    else own.push(at);
  }
  return confirmed;
}

const hasDone = (acts: readonly number[], at: number): boolean =>
  acts.some((act) => act <= at + SKEW_MS && act >= at - LATE_MS);

/** Sockets to which somebody is online for too long behind the last thing that this person did. */
function* stale(history: History): Generator<string> {
  const acts = actsOf(history);
  const online = new Map<string, Seen>();
  const over = history.lines.findLast(({ what }) => what === "quiet")?.at ?? 0;
  const judge = (line: Seen | undefined, until: number): string[] => {
    if (line === undefined) return [];
    const last = (acts.get(line.user) ?? []).filter((act) => act <= until).at(-1) ?? line.at;
    const ms = until - Math.max(last, line.at);
    if (ms <= ONLINE_MS + LATE_MS) return [];
    return [`${line.socket} has ${line.user} as online for ${Math.round(ms)} ms without a sign`];
  };
  for (const line of history.lines) {
    if (line.what === "closes")
      for (const [key, seen] of online) {
        if (seen.socket !== line.socket) continue;
        online.delete(key);
        yield* judge(seen, line.at);
      }
    if (line.what !== "sees") continue;
    const key = `${line.socket} ${line.user}`;
    yield* judge(online.get(key), line.at);
    if (line.online) online.set(key, line);
    else online.delete(key);
  }
  for (const seen of online.values()) yield* judge(seen, over);
}
