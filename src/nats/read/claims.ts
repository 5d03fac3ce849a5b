import { instantOfText, msOf } from "../../events/instant.ts";
import { isTrueOf, standsAt, type Claim } from "../../rules/claim.ts";
import { followedOf, mailboxStream } from "../subjects.ts";
import type { Topology } from "../topology.ts";
import { entryAt } from "./entryat.ts";

/**
 * Compares a device's claim with the log, by one get. The marks are those that this process has heard: read the mailbox first,
 * whose heads bring the newest. @throws Error when the broker does not answer.
 */
export async function claimHolds(topology: Topology, user: string, claim: Claim): Promise<boolean> {
  const { jsm, owners, partitionOf } = topology;
  const k = partitionOf(user);
  const seq = standsAt(claim);
  const found = claim.on === undefined ? undefined : await entryAt(jsm, mailboxStream(k), seq);
  const entry = found && {
    isMine: followedOf(user).includes(found.subject),
    at: msOf(instantOfText(found.timestamp)),
  };
  return isTrueOf(claim, { generation: owners.generationAt(k, seq), entry });
}
