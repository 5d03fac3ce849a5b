import { generationAt, generationOf, seqOf, type Mark } from "../events/position.ts";

/** The rest that an audit has to know of a mailbox stream, besides its entries. */
export interface Extent {
  /** The position up to which its actors had told everything before the audit began; 0: nobody knows. */
  readonly told: number;
  /** The last seq that is read. */
  readonly end: number;
  readonly marks: readonly Mark[];
}

/**
 * Something that the log should not hold. Of a copy: `lost`, it never came to its addressee, or behind a later one, so that it counts
 * for nobody; `phantom`, its author never sent it; `altered`, it came with other words. `tick-lost`, `tick-phantom`: the author was told
 * less than the peer or the group has stated, or more; `tick-fell`: less than before.
 *
 * Of what a group has accepted: `unstated`, it was accepted, and no fact says so; `fact-unasked`, nobody had asked it, or the group had
 * refused it; `fact-again`, it was there already; `fact-altered`, it says something else than was decided; `cid-again`, its author's
 * number was used; `outsider`, its author was no member; `envelope`, its headers name another end. `claim-ahead`: a gateway's receipts
 * lie beyond the group's last fact. `stays-on`: somebody follows a group that they are not in.
 */
export interface Breach {
  readonly fault:
    | "lost"
    | "phantom"
    | "altered"
    | "tick-lost"
    | "tick-phantom"
    | "tick-fell"
    | "unstated"
    | "fact-unasked"
    | "fact-again"
    | "fact-altered"
    | "cid-again"
    | "outsider"
    | "envelope"
    | "claim-ahead"
    | "stays-on";
  /** The one who says it: the author of the message, or of the ask; of what a group has told, the group. */
  readonly author: string;
  /** The one whom it is for. */
  readonly peer: string;
  /** The message; of a tick, the last one that it should be about; of all else the entry that it comes from. */
  readonly id: string;
}

/**
 * Would an entry of this position be seen: was it read, and not taken by a roll-back? Right below the begin of a generation may lie the
 * stream's own entry by which a restore has learned where it ends.
 */
export const isThere = ({ end, marks }: Extent, position: number): boolean =>
  seqOf(position) <= end &&
  generationAt(marks, seqOf(position)) === generationOf(position) &&
  marks.every(({ from }) => from !== seqOf(position) + 1);
