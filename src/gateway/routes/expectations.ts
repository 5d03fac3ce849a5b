import { seqOf } from "../../events/position.ts";
import type { Parcel } from "../../protocol/internal/routes.ts";

/**
 * Expectations of a gateway: a beat each second of an owner of each stream, and parcels without a gap in their numbers. Pure:
 * what was heard, and at what time of a monotonic clock, says when the heads of mailboxes have to be read (docs/adr/0033).
 */
export interface Expectations {
  /** By the stream's number. */
  readonly streams: readonly Expectation[];
  /** Hosts by their ids, the one heard the longest ago first. */
  readonly hosts: ReadonlyMap<string, Line>;
}

/** Expectation: the things known of one stream and its owner. */
export interface Expectation {
  /** The highest claim heard of, a position. */
  readonly claim: number;
  /** How far the last beat said that the stream is routed. */
  readonly upTo: number;
  /** When a beat last showed that the owner keeps up. */
  readonly goodAt: number;
  /** When the gateway last stored an entry of its own, for want of such a beat. */
  readonly askedAt: number;
  /** A route may have been missed: how far to look, the owner's next beat says. */
  readonly doubtful: boolean;
  /** Two of the entries known to be stored that no beat has reached: the first to be known, and the last of the stream. */
  readonly owed?: { readonly first: Stored; readonly last: Stored };
}

interface Stored {
  readonly seq: number;
  readonly knownAt: number;
}

/** Line: the parcels of one host. */
interface Line {
  /** Number of the newest parcel. */
  readonly n: number;
  /** The claim with which the host has named a stream. */
  readonly claims: ReadonlyMap<number, number>;
}

export type Heard =
  | ({ readonly type: "parcel" } & Pick<Parcel, "host" | "n" | "beat">)
  /** Time has passed. `stored`: seqs that are known to be stored, by the number of the stream. */
  | { readonly type: "time"; readonly stored: ReadonlyMap<number, number> }
  /** The gateway's own entry is stored: no owner has a claim behind it. */
  | { readonly type: "asked"; readonly k: number; readonly seq: number }
  /** The heads could not be read. */
  | { readonly type: "unread"; readonly k: number };

/** A wish to read the heads of a stream's mailboxes as far as `upTo`; undefined: as far as an entry that the gateway stores for it. */
export interface Ask {
  readonly k: number;
  readonly upTo: number | undefined;
}

type Next = readonly [Expectations, readonly Ask[]];

/** Two beats may be missing, and the third be late, before silence means something. */
export const UNHEARD_MS = 2_500;
/** The time that an owner may take to route what is stored. */
export const BEHIND_MS = 3_000;
/** More hosts than any cluster has: beyond it the one heard the longest ago is a stranger again. */
export const HOSTS_MAX = 128;

const NO_ASKS: readonly Ask[] = [];
const UNKNOWN: Line = { n: 0, claims: new Map() };

export const expecting = (streams: number, now: number): Expectations => ({
  streams: Array.from({ length: streams }, () => ({
    claim: 0,
    upTo: 0,
    goodAt: now,
    askedAt: now,
    doubtful: false,
  })),
  hosts: new Map(),
});

/** The expectations after something was heard, and what to ask for because of it. */
export function expectations(state: Expectations, heard: Heard, now: number): Next {
  switch (heard.type) {
    case "parcel":
      return parcel(state, heard, now);
    case "time":
      return time(state, heard.stored, now);
    case "asked": {
      const own = { seq: heard.seq, knownAt: now };
      return amended(state, heard.k, ({ claim, ...rest }) => ({
        ...rest,
        claim: seqOf(claim) > heard.seq ? 0 : claim,
        owed: { first: own, last: own },
      }));
    }
    case "unread":
      return amended(state, heard.k, (each) => ({ ...each, doubtful: true }));
  }
}

/** Does all that the gateway has heard say that it has missed nothing of the stream? */
export function isConfirmed({ streams }: Expectations, k: number, now: number): boolean {
  const each = streams[k];
  if (each === undefined || each.doubtful || now - each.goodAt > UNHEARD_MS) return false;
  return !isBehind(each, now);
}

/** Has the owner had too long for an entry that is stored? */
const isBehind = ({ owed }: Expectation, now: number): boolean =>
  owed !== undefined && now - owed.first.knownAt > BEHIND_MS;

function amended(state: Expectations, k: number, change: (each: Expectation) => Expectation): Next {
  const streams = state.streams.map((each, i) => (i === k ? change(each) : each));
  return [{ ...state, streams }, NO_ASKS];
}

function parcel(
  state: Expectations,
  { host, n, beat }: Extract<Heard, { type: "parcel" }>,
  now: number,
): Next {
  const line = state.hosts.get(host) ?? UNKNOWN;
  // Late, or said again: the newer one has told all that it could.
  if (n <= line.n) return [state, NO_ASKS];
  const missed = line.n > 0 && n > line.n + 1 ? line.claims : UNKNOWN.claims;
  let streams = state.streams;
  if (missed.size > 0)
    streams = streams.map((each, k) => (missed.has(k) ? { ...each, doubtful: true } : each));
  if (beat === undefined)
    return [{ streams, hosts: withLine(state.hosts, host, { n, claims: line.claims }) }, NO_ASKS];
  const asks: Ask[] = [];
  const claims = new Map(line.claims);
  streams = streams.map((each, k) => {
    const said = beat.find((one) => one.k === k);
    if (said === undefined || said.claim < each.claim) return each;
    const isNew = claims.get(k) !== said.claim;
    claims.set(k, said.claim);
    const after = beaten({ ...each, doubtful: each.doubtful || isNew }, said, now);
    if (!after.doubtful || isBehind(after, now)) return after;
    asks.push({ k, upTo: said.upTo });
    return { ...after, doubtful: false };
  });
  return [{ streams, hosts: withLine(state.hosts, host, { n, claims }) }, asks];
}

/** A beat of the stream's owner. One that has been behind for too long is as good as none. */
function beaten(
  each: Expectation,
  { claim, upTo }: { claim: number; upTo: number },
  now: number,
): Expectation {
  const { owed, ...rest } = each;
  const still = owed && left(owed, upTo);
  const after = { ...rest, claim, upTo, ...(still && { owed: still }) };
  return isBehind(after, now) ? after : { ...after, goodAt: now };
}

/** The entries of two that lie beyond `upTo`. */
function left(owed: NonNullable<Expectation["owed"]>, upTo: number): Expectation["owed"] {
  if (owed.first.seq > upTo) return owed;
  return owed.last.seq > upTo ? { first: owed.last, last: owed.last } : undefined;
}

function time(state: Expectations, stored: ReadonlyMap<number, number>, now: number): Next {
  const asks: Ask[] = [];
  const silent = new Set<number>();
  const streams = state.streams.map((each, k) => {
    const known = owing(each, stored.get(k) ?? 0, now);
    const isSilent = now - Math.max(known.goodAt, known.askedAt) > UNHEARD_MS;
    if (!isSilent && !isBehind(known, now)) return known;
    if (isSilent) silent.add(k);
    asks.push({ k, upTo: undefined });
    const { owed: _, ...rest } = known;
    // Until the own entry is stored and read, nothing is confirmed: it is owed by then.
    return { ...rest, askedAt: now, doubtful: false };
  });
  if (asks.length === 0 && streams.every((each, k) => each === state.streams[k]))
    return [state, NO_ASKS];
  return [{ streams, hosts: heardOf(state, silent) }, asks];
}

/** An entry is known to be stored: the owner owes a beat that reaches it. */
function owing(each: Expectation, seq: number, now: number): Expectation {
  if (seq <= Math.max(each.upTo, each.owed?.last.seq ?? 0)) return each;
  const last = { seq, knownAt: now };
  return { ...each, owed: { first: each.owed?.first ?? last, last } };
}

/** The hosts without those whose streams have gone silent: should one be there after all, its numbers begin anew. */
function heardOf(
  { streams, hosts }: Expectations,
  silent: ReadonlySet<number>,
): Expectations["hosts"] {
  if (silent.size === 0) return hosts;
  const isOwner = ({ claims }: Line): boolean =>
    [...silent].some((k) => claims.get(k) === streams[k]?.claim);
  return new Map([...hosts].filter(([, line]) => !isOwner(line)));
}

function withLine(hosts: Expectations["hosts"], host: string, line: Line): Expectations["hosts"] {
  const next = new Map(hosts);
  next.delete(host);
  next.set(host, line);
  if (next.size <= HOSTS_MAX) return next;
  const [oldest] = next.keys();
  if (oldest !== undefined) next.delete(oldest);
  return next;
}
