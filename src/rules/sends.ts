/**
 * Repeats: how a repeated send is recognised for ever. Of each client instance of one user the last n
 * is kept, and which of the 31 below it were stored; the instance used last stands first. So a send
 * that comes late over another gateway is late, not lost. Actors, views and devices keep one such list
 * per mailbox and must agree to the letter on what a repeat is.
 */
export type Sends = readonly Instance[];

/** `below`: bit i is set when n - 1 - i was stored; 31 bits. */
type Instance = readonly [name: string, n: number, below: number];

/** The names of a send; `replaces` is the cid of the failed one that it is a retry of. */
export interface SendNames {
  readonly cid: string;
  readonly replaces?: string | undefined;
}

/**
 * Instances remembered per user. An instance is one run of one page or process, so this is far more
 * than a person has open; one that falls out could have an old send accepted anew.
 */
export const INSTANCES_MAX = 64;
/** Numbers known of an instance, the last one included: as many as a client may have unanswered. */
export const WINDOW = 32;
/** The bits of a mask. A set 32nd would make it negative. */
const MASK = 0x7fff_ffff;

/**
 * Is the send a repeat? A number that it replaces says so only where that is known: one that lies below the
 * window, or is of an instance nobody knows any more, may never have been stored.
 */
export const isRepeat = (sends: Sends, { cid, replaces }: SendNames): boolean =>
  isUsed(sends, cid) ||
  (replaces !== undefined && isKnown(sends, replaces) && isUsed(sends, replaces));

/**
 * `sends` after a send, which uses up its numbers; `sends` itself where they were used. A retry that is a repeat uses up its own
 * as well: when what it replaces has left the window, nothing else would tell that it is one.
 */
export function note(sends: Sends, { cid, replaces }: SendNames): Sends {
  if (isUsed(sends, cid)) return sends;
  if (replaces === undefined || isRepeat(sends, { cid, replaces })) return use(sends, cid);
  return use(use(sends, replaces), cid);
}

/** Has this number been stored, or is it too far below the last one of its instance to tell? */
export function isUsed(sends: Sends, cid: string): boolean {
  const { instance, n } = parseCid(cid);
  const known = sends.find(([name]) => name === instance);
  if (known === undefined || n > known[1]) return false;
  const below = known[1] - n;
  return below === 0 || below >= WINDOW || ((known[2] >>> (below - 1)) & 1) === 1;
}

/** Is the number of a known instance, and not below its window? */
function isKnown(sends: Sends, cid: string): boolean {
  const { instance, n } = parseCid(cid);
  const known = sends.find(([name]) => name === instance);
  return known !== undefined && known[1] - n < WINDOW;
}

/** `sends` with a number used. */
function use(sends: Sends, cid: string): Sends {
  const { instance, n } = parseCid(cid);
  const known = sends.find(([name]) => name === instance);
  const others = sends.filter((each) => each !== known);
  const next: Instance = known === undefined ? [instance, n, 0] : used(known, n);
  return [next, ...others.slice(0, INSTANCES_MAX - 1)];
}

function used([name, last, below]: Instance, n: number): Instance {
  const rise = n - last;
  if (rise >= WINDOW) return [name, n, 0];
  if (rise > 0) return [name, n, ((below << rise) | (1 << (rise - 1))) & MASK];
  if (rise === 0 || rise <= -WINDOW) return [name, last, below];
  return [name, last, below | (1 << (-rise - 1))];
}

/** The two halves of a cid that the schema has accepted. */
export function parseCid(cid: string): { instance: string; n: number } {
  const dot = cid.indexOf(".");
  return { instance: cid.slice(0, dot), n: Number(cid.slice(dot + 1)) };
}
