import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Owner } from "../events/owner.ts";
import { RULES } from "../events/since.ts";
import { StartError } from "../start-error.ts";
import { Beside, ensureOwner } from "./firstword.ts";
import { NotMadeError } from "./notyet.ts";
import { lastOwner, type OwnerEntry } from "./owners.ts";

/** A stream's word about itself is of another life than its metadata: it may have been made anew between the two questions. */
export class AnotherLifeError extends StartError {}

/** A mailbox stream, by its metadata. */
interface Life {
  readonly name: string;
  /** Names this life of it. */
  readonly epoch: string;
}

/** The words of the mailbox streams about themselves, which agree with their metadata. @throws StartError */
export async function ownWords(
  nc: NatsConnection,
  jsm: JetStreamManager,
  mailboxes: readonly Life[],
  isMaker: boolean,
): Promise<OwnerEntry[]> {
  const words: OwnerEntry[] = [];
  const beside = new Beside(jsm, mailboxes.length);
  for (const [k, { name, epoch }] of mailboxes.entries()) {
    const entry = await (isMaker ? ensureOwner(nc, jsm, k, epoch, beside) : lastOwner(jsm, k));
    if (entry === undefined) throw new NotMadeError(`the first entry of MAILBOX_${k}`);
    assertSame(name, entry.owner, epoch);
    words.push(entry);
  }
  return words;
}

/** The stream's word about itself agrees with its metadata and with this version. */
function assertSame(name: string, { epoch, rules }: Owner, own: string): void {
  if (epoch !== own)
    throw new AnotherLifeError(`stream ${name} does not agree with its metadata on its epoch`);
  if (rules > RULES)
    throw new StartError(
      `stream ${name} may have entries of rules ${rules}, this version reads those of rules ${RULES}: run the newer version`,
    );
}
