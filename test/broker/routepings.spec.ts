import { expect, test, vi } from "vitest";
import { doctor } from "../../src/cli/doctor.ts";
import { commanded } from "../support/command.ts";
import { folder } from "../support/folder.ts";
import { PATIENCE } from "../support/patience.ts";
import { nameOf, startCluster } from "./cluster.ts";

/** A route that is new is pinged once behind a second and a bit, however seldom it is later. */
const FIRST_PING_MS = 2_000;

test("posthorn doctor names a server of the broker that does not ping the others each 2 s, and no other", async () => {
  const { brokers } = await startCluster({ unhurried: 1 });
  await vi.waitFor(async () => {
    const answer = await fetch(`${brokers[1]!.monitorUrl}/routez`);
    const { routes, now } = (await answer.json()) as { now: string; routes: { start: string }[] };
    for (const { start } of routes)
      expect(Date.parse(now) - Date.parse(start)).toBeGreaterThan(FIRST_PING_MS);
  }, PATIENCE);
  const env = {
    DATA_DIR: folder(),
    NATS_URL: brokers.map(({ url }) => url).join(","),
    NATS_MONITOR_URL: brokers.map(({ monitorUrl }) => monitorUrl).join(","),
  };
  const { code, out } = await commanded(doctor, [], env);
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(new RegExp(`^note {3}routes {5}${nameOf(1)} did not ping`, "m")),
  ]);
});
