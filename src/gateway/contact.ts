/**
 * Contact of a gateway with its log, as far as what has been stored for it tells. Pure. That a connection is open says nothing: a
 * broker that is cut off from the others answers pings as well (docs/adr/0043).
 */
export interface Contact {
  /** When anything was last stored for this process, in any stream; ms of a monotonic clock. */
  readonly storedAt: number;
  /** ms since then in which this process ran. */
  readonly silentMs: number;
}

/** A wish for something to be stored, to see whether it would be: a word in the registry, or an entry of a session. */
export type Probe = "registry" | "log";

/** The registry is probed where nothing else has been stored for so long, and again each second. */
const PROBE_MS = 1_000;
/** It has no answer to a probe within this: a stream without a leader is no sign, so another one is probed as well. */
const UNANSWERED_MS = 500;
/** Nothing has been stored for so long: the log is lost. Three probes of the registry, and two of other streams. */
const LOST_MS = 3_000;

/** The contact after a look, and what to probe. `ms`: how long this process has run since the look before. */
export function contactAfter(
  { storedAt, silentMs: before }: Contact,
  seen: { readonly storedAt: number; readonly ms: number },
): readonly [Contact, readonly Probe[]] {
  if (seen.storedAt > storedAt) return [{ storedAt: seen.storedAt, silentMs: 0 }, NOTHING];
  const silentMs = before + seen.ms;
  const isDue = (offset: number): boolean => rounds(silentMs - offset) > rounds(before - offset);
  const probes: Probe[] = [];
  if (isDue(0)) probes.push("registry");
  if (isDue(UNANSWERED_MS)) probes.push("log");
  return [{ storedAt, silentMs }, probes];
}

/** Full seconds of a silence: the first one, too, has to be full. */
const rounds = (ms: number): number => Math.max(0, Math.floor(ms / PROBE_MS));

const NOTHING: readonly Probe[] = [];

export const isLost = ({ silentMs }: Contact): boolean => silentMs >= LOST_MS;
