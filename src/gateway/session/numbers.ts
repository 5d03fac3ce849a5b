import type { Rejection } from "../../protocol/codes.ts";
import { INSTANCES_MAX, parseCid, WINDOW } from "../../rules/sends.ts";

/** The wait before a send that had no room is worth another try. */
export const PENDING_MS = 1_000;

/** The numbers that a socket has seen of one client instance. */
interface Numbers {
  readonly instance: string;
  readonly highest: number;
  /** Sends that are not answered yet; one that is repeated meanwhile stands twice. */
  readonly open: readonly number[];
}
/** By instance, the most recently used first. */
export type Window = readonly Numbers[];

/**
 * The window after a send, or why the send is refused. The log knows an instance by its last n and
 * the 31 below it: what lies lower it would take for a repeat, and what lies too high would push
 * an unanswered one out of its memory.
 */
export function numbered(window: Window, cid: string): Window | Rejection {
  const { instance, n } = parseCid(cid);
  const known = window.find((each) => each.instance === instance);
  if (known === undefined)
    return [{ instance, highest: n, open: [n] }, ...window.slice(0, INSTANCES_MAX - 1)];
  if (n <= known.highest - WINDOW) return { code: "cid.not_rising", field: "cid" };
  if (known.open.some((lowest) => n >= lowest + WINDOW))
    return { code: "limit.pending", field: "cid", retryAfterMs: PENDING_MS };
  const numbers = { instance, highest: Math.max(known.highest, n), open: [...known.open, n] };
  return [numbers, ...window.filter((each) => each !== known)];
}

/** The window after one send of a cid was answered. */
export function answered(window: Window, cid: string): Window {
  const { instance, n } = parseCid(cid);
  return window.map((each) => {
    const at = each.instance === instance ? each.open.indexOf(n) : -1;
    return at < 0 ? each : { ...each, open: each.open.toSpliced(at, 1) };
  });
}
