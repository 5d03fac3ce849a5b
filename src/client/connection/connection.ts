import type { ConnectionState, Connectivity } from "../api.ts";

const BACKOFF_BASE_MS = 500;
const BACKOFF_MAX_MS = 20_000;
/** Online for so long, a connection counts as good: the next back-off starts small again. */
const STABLE_MS = 10_000;
/** The server knows of an event for so long and it has not come: it was lost on the way. */
const BEHIND_MS = 4_000;
/** After sleep, a ping has to be answered within this, unless an answer is under way. */
const PROBE_MS = 5_000;

/** The connection as a whole, over all its sockets. Times are ms of a clock that is never set. */
export interface LinkState {
  readonly state: ConnectionState;
  /** Sockets lost since the last stable one. */
  readonly attempt: number;
  /** When this socket came online. */
  readonly onlineAt: number;
  /** The server does not want another try before this. */
  readonly notBefore: number;
  /** The machine says that it has no network, and nothing has come since. It may be wrong: nothing waits for it. */
  readonly offline: boolean;
  /** The server goes away: another socket has to take this one's place. */
  readonly move: Move | undefined;
}

/** The way to another socket, while there is one. */
interface Move {
  /** It is being opened; else the next try waits. */
  readonly isDialled: boolean;
  /** Tries that have failed. */
  readonly attempt: number;
  /** No wait between two of them is longer; absent: the server has not said when it closes. */
  readonly withinMs: number | undefined;
}

export type Happening =
  /** Somebody wants a connection: also after it was closed. */
  | { type: "start" }
  | { type: "stop" }
  /** Everything missed has arrived. */
  | { type: "synced" }
  /** No socket any more. `final`: the server does not want this client back. */
  | { type: "lost"; final: boolean; retryAfterMs?: number | undefined }
  /** The server goes away, and closes this socket in so many ms at the earliest; absent: it has lost its log. */
  | { type: "goaway"; withinMs?: number | undefined }
  /** The server takes that back. */
  | { type: "stay" }
  /** The other socket has caught up: it is the connection now … */
  | { type: "moved" }
  /** … or it has not come to that. `final`: no further one would. */
  | { type: "unmoved"; final: boolean; retryAfterMs?: number | undefined }
  /** The wait is over. */
  | { type: "due" }
  /**
   * A hint that a try is worth while: the page is looked at again, perhaps after a sleep, or the
   * machine says that it has a network. A machine that says that it has none is not believed.
   */
  | { type: "woken" }
  /** The machine says whether it has a network. */
  | { type: "network"; there: boolean }
  /** Something has come. */
  | { type: "heard" };

/** Things to be done. */
export type Effect =
  | { do: "dial" | "hangUp" | "probe" }
  /** Opens a socket beside the one in use … */
  | { do: "dialNext" }
  /** … and gives it up before it has caught up … */
  | { do: "dropNext" }
  /** … or goes on with it, since the one in use is gone: the other one is the connection, as far as it has come. */
  | { do: "goOn" }
  | { do: "wait"; ms: number };

export const IDLE: LinkState = {
  state: "idle",
  attempt: 0,
  onlineAt: 0,
  notBefore: 0,
  offline: false,
  move: undefined,
};

const dial = (link: LinkState): [LinkState, Effect] => [
  { ...link, state: "connecting" },
  { do: "dial" },
];

/** The rules of connecting: what comes next, and what to do about it. Pure. */
export function step(
  link: LinkState,
  happening: Happening,
  now: number,
  random: number,
): [LinkState, Effect?] {
  const { state } = link;
  if (state === "closed" && happening.type !== "start") return [link];
  switch (happening.type) {
    case "start":
      return state === "idle" || state === "closed"
        ? dial({ ...IDLE, offline: link.offline })
        : [link];
    case "stop":
      return [{ ...link, state: "closed", move: undefined }, { do: "hangUp" }];
    case "synced":
      return state === "connecting" ? go({ ...link, state: "online", onlineAt: now }) : [link];
    case "lost":
      return lost(link, happening, now, random);
    case "due":
      return state === "waiting" ? dial(link) : go(link);
    case "woken":
      return woken(link, now);
    case "network":
      return network(link, happening.there, now);
    case "heard":
      return [{ ...link, offline: false }];
    case "stay":
      return stay(link);
    default:
      return move(link, happening, now, random);
  }
}

/** The rules of a hand-over: nothing of it changes what a person sees. */
function move(
  link: LinkState,
  happening: Extract<Happening, { type: "goaway" | "moved" | "unmoved" }>,
  now: number,
  random: number,
): [LinkState, Effect?] {
  const { move: way } = link;
  if (happening.type === "goaway") {
    const { withinMs = way?.withinMs } = happening;
    // A connection that waits for its next try tries at once: its server may be gone before.
    return go({ ...link, move: { isDialled: false, attempt: 0, ...way, withinMs } });
  }
  if (!way?.isDialled) return [link];
  if (happening.type === "moved") return [{ ...link, move: undefined, onlineAt: now }];
  const { final, retryAfterMs = 0 } = happening;
  const next = { ...link, move: { ...way, isDialled: false, attempt: way.attempt + 1 } };
  // The socket in use is there until its server closes it.
  if (final) return [next];
  // A short drain is tried more often.
  const most = Math.max(BACKOFF_BASE_MS, way.withinMs ?? BACKOFF_MAX_MS);
  const ms = Math.max(backOff(way.attempt, random, most), retryAfterMs);
  return [next, { do: "wait", ms: Math.round(ms) }];
}

/** Nothing has to be done about it any more, whatever is under way. */
const stay = (link: LinkState): [LinkState, Effect?] =>
  link.move?.isDialled
    ? [{ ...link, move: undefined }, { do: "dropNext" }]
    : [{ ...link, move: undefined }];

/** A connection that has to move looks for another socket, once it is good itself. */
const go = (link: LinkState): [LinkState, Effect?] =>
  link.state === "online" && link.move?.isDialled === false
    ? [{ ...link, move: { ...link.move, isDialled: true } }, { do: "dialNext" }]
    : [link];

const backOff = (attempt: number, random: number, mostMs = BACKOFF_MAX_MS): number =>
  random * Math.min(BACKOFF_MAX_MS, mostMs, BACKOFF_BASE_MS * 2 ** attempt);

/** The connection as a person sees it: a machine without a network is more to know than the next try. */
export const shownAs = (
  { state, offline }: LinkState,
  retryAt?: number,
  reason?: string,
): Connectivity => ({
  state: offline && state !== "idle" && state !== "closed" ? "offline" : state,
  ...(retryAt !== undefined && { retryAt }),
  ...(reason !== undefined && { reason }),
});

function network(link: LinkState, there: boolean, now: number): [LinkState, Effect?] {
  const next = { ...link, offline: !there };
  if (there) return woken(next, now);
  // Is it true? An answer says that it is not.
  return link.state === "online" ? [next, { do: "probe" }] : [next];
}

function woken(link: LinkState, now: number): [LinkState, Effect?] {
  if (link.state === "waiting" && now >= link.notBefore) return dial(link);
  return link.state === "online" ? [link, { do: "probe" }] : [link];
}

function lost(
  link: LinkState,
  { final, retryAfterMs = 0 }: Extract<Happening, { type: "lost" }>,
  now: number,
  random: number,
): [LinkState, Effect?] {
  if (link.state !== "connecting" && link.state !== "online") return [link];
  const { move: way } = link;
  const alone = { ...link, move: undefined };
  if (final) return [{ ...alone, state: "closed" }, { do: "hangUp" }];
  if (way?.isDialled) return [{ ...alone, state: "connecting" }, { do: "goOn" }];
  const stable = link.state === "online" && now - link.onlineAt >= STABLE_MS;
  const attempt = stable ? 0 : link.attempt;
  const notBefore = now + retryAfterMs;
  const next: LinkState = { ...alone, state: "waiting", attempt: attempt + 1, notBefore };
  const ms = Math.max(backOff(attempt, random), retryAfterMs);
  return [next, { do: "wait", ms: Math.round(ms) }];
}

/** Signs of life of one socket. Times are ms of a clock that is never set. */
export interface Pulse {
  /** When the last message came, of whatever kind. */
  heardAt: number;
  /** When the last `ping` was sent. */
  pingedAt: number;
  /** The server's head has been ahead of the cursor since then, and nothing has come. */
  behindSince: number | undefined;
  /** When a ping was sent because the machine may have slept. */
  probedAt: number | undefined;
}

/**
 * Why a socket that looks open has to be given up, if it has to. `asking`: an answer is under way,
 * and a browser shows nothing of a message before its last byte.
 */
export function diagnose(
  { heardAt, behindSince, probedAt }: Pulse,
  now: number,
  idleMs: number,
  asking: boolean,
): "idle" | "behind" | undefined {
  if (now - heardAt >= idleMs) return "idle";
  const silent = probedAt !== undefined && heardAt <= probedAt && now - probedAt >= PROBE_MS;
  if (silent && !asking) return "idle";
  return behindSince !== undefined && now - behindSince >= BEHIND_MS ? "behind" : undefined;
}

/** 4500–4999: do not come back. Everything else, a cut cable included, is no reason to give up. */
export const isFinal = (closeCode: number): boolean => closeCode >= 4500 && closeCode <= 4999;
