import type { ConnectionState } from "../api.ts";

const BACKOFF_BASE_MS = 500;
const BACKOFF_MAX_MS = 20_000;
/** Online for so long, a connection counts as good: the next back-off starts small again. */
const STABLE_MS = 10_000;
/** The server knows of an event for so long and it has not come: it was lost on the way. */
const BEHIND_MS = 4_000;
/** After sleep, a ping has to be answered within this. */
const PROBE_MS = 5_000;

/** The connection as a whole, over all its sockets. */
export interface Link {
  readonly state: ConnectionState;
  /** Sockets lost since the last stable one. */
  readonly attempt: number;
  /** When this socket came online, ms. */
  readonly onlineAt: number;
  /** The machine says that it has a network. */
  readonly reachable: boolean;
}

export type Happening =
  | { type: "start" }
  | { type: "stop" }
  /** Everything missed has arrived. */
  | { type: "synced" }
  /** No socket any more. `final`: the server does not want this client back. */
  | { type: "lost"; final: boolean; retryAfterMs?: number | undefined }
  /** The wait is over. */
  | { type: "due" }
  | { type: "network"; reachable: boolean }
  /** The page is looked at again; perhaps the machine has slept. */
  | { type: "woken" };

/** What is to be done. `wait` without `ms`: until the network is back. */
export type Effect = { do: "dial" | "hangUp" | "probe" } | { do: "wait"; ms?: number };

export const IDLE: Link = { state: "idle", attempt: 0, onlineAt: 0, reachable: true };

const dial = (link: Link): [Link, Effect] => [{ ...link, state: "connecting" }, { do: "dial" }];

/** The rules of connecting: what comes next, and what to do about it. Pure. */
export function step(
  link: Link,
  happening: Happening,
  now: number,
  random: number,
): [Link, Effect?] {
  const { state } = link;
  if (state === "closed") return [link];
  switch (happening.type) {
    case "start":
      return state === "idle" ? dial(link) : [link];
    case "stop":
      return [{ ...link, state: "closed" }, { do: "hangUp" }];
    case "synced":
      return state === "connecting" ? [{ ...link, state: "online", onlineAt: now }] : [link];
    case "lost":
      return lost(link, happening, now, random);
    case "due":
      return state === "waiting" ? dial(link) : [link];
    case "network":
      return network(link, happening.reachable);
    case "woken":
      return woken(link);
  }
}

function network(link: Link, reachable: boolean): [Link, Effect?] {
  const next = { ...link, reachable };
  if (link.state !== "waiting" || link.reachable === reachable) return [next];
  return reachable ? dial(next) : [next, { do: "wait" }];
}

function woken(link: Link): [Link, Effect?] {
  if (link.state === "waiting" && link.reachable) return dial(link);
  return link.state === "online" ? [link, { do: "probe" }] : [link];
}

function lost(
  link: Link,
  { final, retryAfterMs = 0 }: Extract<Happening, { type: "lost" }>,
  now: number,
  random: number,
): [Link, Effect?] {
  if (link.state !== "connecting" && link.state !== "online") return [link];
  if (final) return [{ ...link, state: "closed" }];
  const stable = link.state === "online" && now - link.onlineAt >= STABLE_MS;
  const attempt = stable ? 0 : link.attempt;
  const next: Link = { ...link, state: "waiting", attempt: attempt + 1 };
  if (!link.reachable) return [next, { do: "wait" }];
  const ms = random * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** attempt);
  return [next, { do: "wait", ms: Math.round(Math.max(ms, retryAfterMs)) }];
}

/** Signs of life of one socket; times in ms. */
export interface Pulse {
  heardAt: number;
  /** The server's head has been ahead of the cursor since then. */
  behindSince: number | undefined;
  probedAt: number | undefined;
}

/** Why a socket that looks open has to be given up, if it has to. */
export function diagnose(pulse: Pulse, now: number, idleMs: number): "idle" | "behind" | undefined {
  const { heardAt, behindSince, probedAt } = pulse;
  if (now - heardAt >= idleMs) return "idle";
  if (probedAt !== undefined && heardAt <= probedAt && now - probedAt >= PROBE_MS) return "idle";
  return behindSince !== undefined && now - behindSince >= BEHIND_MS ? "behind" : undefined;
}

/** 4500–4999: do not come back. Everything else, a cut cable included, is no reason to give up. */
export const isFinal = (closeCode: number): boolean => closeCode >= 4500 && closeCode <= 4999;
