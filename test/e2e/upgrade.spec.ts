import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { lastOwner } from "../../src/nats/owners.ts";
import { startBroker } from "../support/broker.ts";
import { device, type Device } from "../support/device.ts";
import { newerBuild } from "../support/newer.ts";
import { PATIENCE } from "../support/patience.ts";
import { startRole } from "../support/role.ts";
import { silent } from "../support/silent.ts";
import { streamsOf } from "../support/streams.ts";

const newer = await newerBuild();
const ALL = "gateway,actors,projections";
/** Three beats of the one before are missed by then. */
const SOON = { UPGRADE_SETTLE_MS: "1500" };

/** A broker with the streams of the version before, and their rules. */
async function streams() {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const link = await connect({ url: broker.url }, "spec", silent);
  onTestFinished(() => link.nc.close());
  const { jsm } = await streamsOf(link, { partitions: 2, replicas: 1 });
  const env = { NATS_URL: broker.url, LOG_LEVEL: "info", DRAIN_MS: "100" };
  const rules = () =>
    Promise.all([0, 1].map(async (k) => (await lastOwner(jsm, k))?.owner.rules ?? 0));
  return { env, rules };
}

/** Sends, and returns the code of the refusal, or "sent". */
async function said(by: Device, cid: string, body: string, to = "bob"): Promise<string> {
  by.say({ t: "send", cid, to, body });
  const { t, code } = await by.until((frame) => frame["cid"] === cid && frame.t !== "event");
  return t === "sent" ? t : String(code);
}
const hasBody = (body: string) => (frame: { t: string; event?: { body?: string } }) =>
  frame.t === "event" && frame.event?.body === body;

test("[L12] two versions run side by side in any order: a new type is stored when the version before is gone, and what that one meets of it, as it wakes up, it does not skip", async () => {
  const { env, rules } = await streams();
  const old = await startRole(ALL, env);
  const first = await startRole(ALL, { ...env, ...SOON }, newer);
  const [alice, bob] = [await device(first, "alice"), await device(old, "bob")];
  const refusals: string[] = [];
  const refused = async (): Promise<number> => {
    refusals.push(await said(alice, `a.${refusals.length}`, "!too early"));
    return refusals.length;
  };
  // The version before is heard for longer than it would have to be silent.
  await expect.poll(refused, { ...PATIENCE, interval: 100 }).toBe(20);
  expect(new Set(refusals)).toEqual(new Set(["op.not_yet"]));
  expect(await said(alice, "b.1", "one")).toBe("sent");
  await bob.until(hasBody("one"));
  expect(await rules()).toEqual([1, 1]);
  // The newer one is taken back.
  await first.ended("SIGTERM");
  const carol = await device(old, "carol");
  expect(await said(carol, "c.1", "two")).toBe("sent");
  await bob.until(hasBody("two"));
  // Asleep, the older one is not heard: the rules rise.
  process.kill(old.pid, "SIGSTOP");
  const next = await startRole(ALL, { ...env, ...SOON }, newer);
  const dave = await device(next, "dave");
  await expect.poll(rules, PATIENCE).toEqual([2, 2]);
  let n = 1;
  await expect.poll(() => said(dave, `d.${n++}`, "!three"), PATIENCE).toBe("sent");
  process.kill(old.pid, "SIGCONT");
  await bob.until(hasBody("!three"));
  const bodies = bob.frames.flatMap(({ t, event }) => (t === "event" ? [event.body] : []));
  expect(bodies.filter((body) => body !== undefined)).toEqual(["one", "two", "!three"]);
  expect(old.log()).not.toMatch(/entry set aside|entry left out of the views/);
  await expect(startRole(ALL, env)).rejects.toThrow(
    "may have entries of rules 2, this version reads those of rules 1: run the newer version",
  );
});
