/**
 * How a repeated send is recognised for ever: the last n of each client instance of one user, the
 * most recently used instance first. Actors and views keep one such list per mailbox and must agree
 * to the letter on what a repeat is, so the rule lies here.
 */
export type Sends = readonly (readonly [instance: string, n: number])[];

/**
 * Instances remembered per user. An instance is one run of a client that lost its counter, so this
 * is far more than the devices of a person; one that falls out could have an old send accepted anew.
 */
export const INSTANCES_MAX = 64;

/** Has this send, or a later one of the same client instance, been stored before? */
export function isRepeat(sends: Sends, cid: string): boolean {
  const { instance, n } = parseCid(cid);
  const known = sends.find(([name]) => name === instance);
  return known !== undefined && n <= known[1];
}

/** `sends` after a send that is no repeat. */
export function remember(sends: Sends, cid: string): Sends {
  const { instance, n } = parseCid(cid);
  const others = sends.filter(([name]) => name !== instance);
  return [[instance, n], ...others.slice(0, INSTANCES_MAX - 1)];
}

/** The two halves of a cid that the schema has accepted. */
export function parseCid(cid: string): { instance: string; n: number } {
  const dot = cid.indexOf(".");
  return { instance: cid.slice(0, dot), n: Number(cid.slice(dot + 1)) };
}
