import { instantOfText } from "../../events/instant.ts";
import { Owner } from "../../events/owner.ts";
import { positionAt } from "../../events/position.ts";
import type { Checkpoint } from "../../events/record.ts";
import type { Administered } from "../bundle/administered.ts";
import { records } from "../kv/records.ts";
import { mailboxStream, ownerSubject } from "../subjects.ts";
import { isOld, type Portion } from "./deal.ts";

/**
 * The checkpoint of a stream in another layout. Each new stream has the seqs and generations of the one that it was a part of: so it was told
 * what that one was told, and is owed what that one is owed. Pure.
 * @param shares of all streams, in the order of their numbers.
 */
function inLayout(checkpoint: Checkpoint, shares: readonly Portion[]): Checkpoint {
  const { told, again, ...rest } = checkpoint;
  const isOwed = ({ of }: Portion): boolean => again?.for.includes(of) === true;
  return {
    ...rest,
    told: shares.map(({ of }) => told[of] ?? 0),
    ...(again !== undefined && {
      again: { ...again, for: shares.filter(isOwed).map(({ k }) => k) },
    }),
  };
}

/**
 * Saves what the actors of a stream begin with in the new layout: last of all its highest anchor, which is the stream's own word
 * of it, so that it shows that everything is saved. @throws ExchangeError
 */
export async function saveShare(
  { exchange, jsm }: Administered,
  shares: readonly Portion[],
  share: Portion,
): Promise<void> {
  const { k } = share;
  /** Nobody else saves meanwhile, so nothing is compared. */
  const replace = (subject: string, text: string): Promise<number> => exchange.store(subject, text);
  const own = records(k, { jsm }, { replace }, Date.now, jsm.streams);
  const mark = await jsm.streams.getMessage(mailboxStream(k), { last_by_subj: ownerSubject(k) });
  if (mark === null) throw new Error(`${mailboxStream(k)} says nothing of itself`);
  const { epoch, marks } = Owner.parse(mark.json());
  const checkpoint = await own.checkpoint();
  if (checkpoint !== undefined) await own.saveCheckpoint(inLayout(checkpoint, shares));
  const anchor = { position: positionAt(marks, mark.seq), at: instantOfText(mark.timestamp) };
  // Anchors of before that lie in another stream now show nothing.
  const trail = isOld(share) ? ((await own.highest())?.trail ?? []) : [];
  await own.saveHighest({ epoch, anchor, trail, marks });
}
