import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary } from "../../scripts/broker/binary.mjs";
import { end, pidIn } from "../../scripts/broker/pid.mjs";

const dir = mkdtempSync(join(tmpdir(), "posthorn-test-"));

/**
 * Once per run: finds the nats-server. Specs get `NATS_SERVER` (its path) and `POSTHORN_TEST_DIR`
 * (where brokers keep their stores).
 */
export async function setup(): Promise<void> {
  process.env["NATS_SERVER"] = await binary();
  process.env["POSTHORN_TEST_DIR"] = dir;
}

/** Ends what a killed worker left behind. */
export async function teardown(): Promise<void> {
  for (const broker of readdirSync(dir)) {
    const pid = pidIn(join(dir, broker, "nats.pid"));
    if (pid !== undefined) await end(pid, join(dir, broker), 1000);
  }
  rmSync(dir, { recursive: true, force: true });
}
