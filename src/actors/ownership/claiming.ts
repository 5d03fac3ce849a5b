import { isSameStart, type Host, type Owner } from "../../events/owner.ts";
import { seqOf } from "../../events/position.ts";
import { SucceededError } from "../../events/source.ts";
import type { Records, StreamLog } from "../ports.ts";

/** A replica that lacks the claim has it soon: beyond so many looks the actors are begun anew. */
const LOOKS = 100;
const LOOK_MS = 20;

/** The next word of a stream about itself, by which a host owns it; without one nobody does. All else stays as it was. */
export function ownedBy({ owner: _, ...said }: Owner, by?: Host): Owner {
  return by === undefined
    ? { ...said, type: "OwnerLeft" }
    : { ...said, type: "OwnerClaimed", owner: by };
}

/**
 * Claims a stream whose last word about itself lies at `after`. Anything saved of it at or above the claim was saved by an
 * owner behind it, or of a log that came back shorter: a second claim, by compare-and-set on the first, tells which.
 * @returns the seq of the claim by which its actors may run; undefined: another host was first.
 * @throws Error when the broker does not answer: the claim may be stored all the same.
 */
export async function claimStream(
  { log, records }: { readonly log: StreamLog; readonly records: Records },
  self: Host,
  { seq: after, owner }: { readonly seq: number; readonly owner: Owner },
): Promise<number | undefined> {
  const next = ownedBy(owner, self);
  const first = await log.say(next, after);
  if (first === undefined || (await saved(records)) < first) return first;
  return log.say(next, first);
}

/** The highest seq that the actors of a stream have saved anything of. */
async function saved(records: Records): Promise<number> {
  const [checkpoint, highest] = await Promise.all([records.checkpoint(), records.highest()]);
  return Math.max(seqOf(checkpoint?.position ?? 0), seqOf(highest?.anchor?.position ?? 0));
}

/** Does the word of the stream at `seq` name a successor of the owner by `claim`? */
export const isSuccession = (
  self: Host,
  claimed: number,
  { seq, owner }: { readonly seq: number; readonly owner: Owner },
): boolean => seq > claimed && owner.owner !== undefined && !isSameStart(owner.owner, self);

/**
 * The log as the owner by `claimed` looks at it: never as it was before that claim, and not at all behind a successor's, so that
 * the owner alone begins a generation. `pause` waits so many ms.
 */
export const asOwner = (
  log: StreamLog,
  self: Host,
  claimed: number,
  pause: (ms: number) => Promise<void>,
): StreamLog => ({
  get epoch() {
    return log.epoch;
  },
  isOf: (each) => log.isOf(each),
  async end() {
    const end = await log.end();
    // With several replicas an entry was stored for it: what the stream says of itself by now is known.
    if (isSuccession(self, claimed, log.said))
      throw new SucceededError("another host has claimed it");
    return end;
  },
  instantAt: (seq) => log.instantAt(seq),
  say: (owner, after) => log.say(owner, after),
  get said() {
    return log.said;
  },
  async owner() {
    for (let look = 0; look < LOOKS; look++) {
      const last = await log.owner();
      if (isSuccession(self, claimed, last))
        throw new SucceededError("another host has claimed it");
      if (last.seq >= claimed) return last;
      await pause(LOOK_MS);
    }
    throw new Error("no replica has the claim");
  },
});
