import { expect, onTestFinished, test } from "vitest";
import { startBroker } from "../support/broker.ts";
import { device } from "../support/device.ts";
import { PATIENCE } from "../support/patience.ts";
import { startRole } from "../support/role.ts";

test("[O11] of a user's sockets at two gateways the newest beyond the limit is closed; a gateway that slept through its death closes its own, says so, and is another one", async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const env = { NATS_URL: broker.url, AUTH: "dev", SOCKETS_PER_USER: "2", LOG_LEVEL: "info" };
  const actors = await startRole("actors", env);
  const [one, other] = await Promise.all([startRole("gateway", env), startRole("gateway", env)]);

  const kept = [await device(one, "alice"), await device(other, "alice")];
  const newest = await device(one, "alice");
  const refusal = await newest.until(({ t }) => t === "error");
  expect(refusal).toMatchObject({ code: "limit.sockets", retryable: true });
  expect(refusal["retryAfterMs"]).toBeGreaterThan(0);
  expect(await newest.closed).toBe(4429);
  const [first, second] = kept as [typeof newest, typeof newest];

  process.kill(one.pid, "SIGSTOP");
  await expect.poll(actors.log, PATIENCE).toContain("gateway declared dead");
  process.kill(one.pid, "SIGCONT");
  expect(await first.closed).toBe(4410);
  await expect
    .poll(one.log, PATIENCE)
    .toContain("this gateway was declared dead; it takes another id");
  await expect.poll(async () => (await one.ask("/readyz")).status, PATIENCE).toBe(200);
  // There is room for one again, also at the gateway that was dead, and what is said at one comes to the other.
  const back = await device(one, "alice");
  second.say({ t: "send", cid: "a.1", to: "bob", body: "awake" });
  await back.until(({ event }) => event?.body === "awake");
  expect(second.frames.filter(({ t }) => t === "error")).toEqual([]);
  await Promise.all([back.close(), second.close()]);
});
