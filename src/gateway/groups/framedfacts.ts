import type { Entry } from "../../events/entry.ts";
import { seqOf } from "../../events/position.ts";
import { eventFrame, readable } from "../../protocol/write.ts";
import type { Envelope } from "./endchain.ts";
import { Framed } from "./ring.ts";

/** A fact of a group as the log has it. */
type Logged = Pick<Entry, "owner" | "seq" | "at" | "generation" | "raw" | "ended" | "endedBefore">;

/** The frame of a fact that was read from the log; `prev`: the seq of the one before, or below which nobody is told. */
export const framedOf = (entry: Logged, prev: number): Framed =>
  new Framed(entry.seq, eventFrame(entry, prev, readable(entry.raw)), entry.ended);

/** The envelope of a fact, as header or record have it: positions. */
export const envelopeOf = ({
  seq,
  ended,
  endedBefore = 0,
}: Pick<Entry, "seq" | "ended" | "endedBefore">): Envelope => ({
  seq,
  ended,
  endedBefore: seqOf(endedBefore),
});
