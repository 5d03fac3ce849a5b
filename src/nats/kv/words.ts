import { headers, type NatsConnection } from "@nats-io/transport-node";
import type { Word } from "../../actors/ports.ts";
import { Id } from "../../events/ids.ts";
import { seqOf } from "../publish/publication.ts";
import type { Found } from "../read/gets.ts";
import { kvSubject } from "../subjects.ts";
import { GATEWAYS } from "../streams.ts";

/**
 * Words of the registry of gateways: the last of each id, in the stream KV_GATEWAY. A gateway's own are without an end; what is
 * said for ever of one that is dead, and what a host says as a witness, the broker forgets.
 */

/** A dead gateway is remembered for a day. Where a session names it later, it is declared dead again. */
const DEAD_S = 86_400;
/** Nobody looks for a witness later. */
const WITNESS_S = 60;
const ANSWER_MS = 1_500;
const ENDS: Partial<Record<Word["is"], number>> = { dead: DEAD_S, witness: WITNESS_S };

/** The broker's answer to a word: where it lies, or where the last one of that id does (0: there is none). */
export type SaidAt = { readonly at: number } | { readonly last: number | undefined };

/**
 * Says it, if the last word of the id is still at `after`; 0: there is none; undefined: in any case.
 * @throws Error when the broker does not answer, or stores nothing.
 */
export async function say(
  nc: NatsConnection,
  { gatewayId, is }: Pick<Word, "gatewayId" | "is">,
  after?: number,
): Promise<SaidAt> {
  const said = headers();
  const ends = ENDS[is];
  if (ends !== undefined) said.set("Nats-TTL", `${ends}s`);
  if (after !== undefined) said.set("Nats-Expected-Last-Subject-Sequence", `${after}`);
  const subject = kvSubject(GATEWAYS, gatewayId);
  const answer = (await nc.request(subject, is, { headers: said, timeout: ANSWER_MS })).string();
  const at = seqOf(answer);
  if (at !== undefined) return { at };
  const refusal = /wrong last sequence(?:: (\d+))?/.exec(answer);
  // A full disk, no leader: it answers, but has stored nothing.
  if (refusal === null) throw new Error(`the broker did not store it: ${answer.slice(0, 200)}`);
  return { last: refusal[1] === undefined ? undefined : Number(refusal[1]) };
}

/** The word of an entry; undefined: it is of no id. A text that is neither is the word of a gateway that lives. */
export function wordOf({
  owner,
  seq,
  raw,
}: Pick<Found, "owner" | "seq" | "raw">): Word | undefined {
  if (!Id.safeParse(owner).success) return undefined;
  const is = raw === "dead" || raw === "witness" ? raw : "alive";
  return { gatewayId: owner, revision: seq, is };
}
