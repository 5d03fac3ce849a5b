import { binary } from "../../scripts/broker/binary.mjs";

/**
 * Finds the nats-server once per run, before a spec's time begins: specs of whole programs get its
 * path in `NATS_SERVER`. Other specs look for it when they start one.
 */
export async function setup(): Promise<void> {
  process.env["NATS_SERVER"] = await binary();
}
