/**
 * Contact of a gateway with its log, as far as what has been stored for it tells. Pure. That a connection is open says nothing: a
 * broker that is cut off from the others answers pings as well (docs/adr/0043).
 */
export interface Contact {
  /** When anything was last stored for this process, in any stream; ms of a monotonic clock. */
  readonly storedAt: number;
  /** ms since then in which this process ran. */
  readonly silentMs: number;
  /** Was that too long? It stays so until something is stored. */
  readonly isLost: boolean;
}

/** A wish for something to be stored, to see whether it would be: a word in the registry, or an entry of a session. */
export type Probe = "registry" | "log";

/** The registry is probed where nothing else has been stored for so long, and again each second. */
const PROBE_MS = 1_000;
/** Where the registry has no answer within this, another stream is probed as well: one without a leader is no sign. */
const UNANSWERED_MS = 500;
/** Nothing has been stored for so long: the log is lost. Three probes of the registry, and two of other streams. */
const LOST_MS = 3_000;
/** The same without a session, when nothing but the registry can be probed: its stream may choose a leader for 9 s, and others be well. */
const IDLE_LOST_MS = 10_000;

/** A look at what has been stored. */
interface Look {
  readonly storedAt: number;
  /** So long this process has run since the look before. */
  readonly ms: number;
  /** Has it a session, by which another stream can be probed? */
  readonly hasSession: boolean;
}

/** The contact after a look, and what to probe. */
export function contactAfter(
  { storedAt, silentMs: before, isLost }: Contact,
  seen: Look,
): readonly [Contact, readonly Probe[]] {
  if (seen.storedAt > storedAt) return [inContact(seen.storedAt), NOTHING];
  const silentMs = before + seen.ms;
  const isDue = (offset: number): boolean => rounds(silentMs - offset) > rounds(before - offset);
  const probes: Probe[] = [];
  if (isDue(0)) probes.push("registry");
  if (isDue(UNANSWERED_MS)) probes.push("log");
  const lostMs = seen.hasSession ? LOST_MS : IDLE_LOST_MS;
  return [{ storedAt, silentMs, isLost: isLost || silentMs >= lostMs }, probes];
}

/** The contact as it begins, and when something has been stored. */
export const inContact = (storedAt: number): Contact => ({ storedAt, silentMs: 0, isLost: false });

/** Full seconds of a silence: the first one, too, has to be full. */
const rounds = (ms: number): number => Math.max(0, Math.floor(ms / PROBE_MS));

const NOTHING: readonly Probe[] = [];
