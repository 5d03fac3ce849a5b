/** A device's word on how far it has followed its mailbox: the cursor's seq, and the last event that it was told. */
export interface Claim {
  readonly seq: number;
  readonly on?: { readonly seq: number; readonly at: number; readonly generation?: number };
}

/** The log where a claim stands. */
export interface Ground {
  /** By the marks. */
  readonly generation: number;
  /** The entry there; undefined: none. */
  readonly entry: { readonly isMine: boolean; readonly at: number } | undefined;
}

/** The seq at which a claim is compared with the log. */
export const standsAt = ({ seq, on }: Claim): number => on?.seq ?? seq;

/**
 * Is a claim true of the log, as far as that can be seen? Void where the marks give its seq another generation now, and false
 * where another entry lies there, or one of another time. Nothing there is no evidence: entries may be erased. A claim that stands
 * on nothing is of generation 0. Times are milliseconds, as a device knows them (docs/adr/0018).
 */
export function isTrueOf({ on }: Claim, { generation, entry }: Ground): boolean {
  if (generation !== (on?.generation ?? 0)) return false;
  if (on === undefined || entry === undefined) return true;
  return entry.isMine && entry.at === on.at;
}
