import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { lastOwner, putOwner } from "../../src/nats/owners.ts";

/** Every mailbox stream says that its slots are of this layout. Nothing is moved. */
export async function redeal(url: string, layout: number): Promise<void> {
  const nc = await connect({ servers: url });
  const jsm = await jetstreamManager(nc);
  for (let k = 0; ; k++) {
    const last = await lastOwner(jsm, k).catch(() => undefined);
    if (last === undefined) break;
    await putOwner(nc, k, { ...last.owner, type: "EndAsked", layout }, last.seq);
  }
  await nc.close();
}
