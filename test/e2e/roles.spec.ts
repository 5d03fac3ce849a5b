import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startBroker } from "../support/broker.ts";
import { device, dial } from "../support/device.ts";
import { folder } from "../support/folder.ts";
import { program } from "../support/program.ts";
import { startRole } from "../support/role.ts";
import { redeal } from "../support/redeal.ts";

/** A broker until the spec is over, as settings. */
async function aBroker() {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  return { NATS_URL: broker.url, PARTITIONS: "4" };
}

test("people chat over two gateways, one process of actors and one of projections", async () => {
  const env = await aBroker();
  const [one, other, actors, projections] = await Promise.all([
    startRole("gateway", env),
    startRole("gateway", env),
    startRole("actors", env),
    startRole("projections", env),
  ]);
  const [alice, bob] = await Promise.all([device(one, "alice"), device(other, "bob")]);
  alice.say({ t: "send", cid: "a.1", to: "bob", body: "hello" });
  const sent = await alice.until((frame) => frame.t === "sent");
  const told = await bob.until((frame) => frame.t === "event" && frame["event"].author === "alice");
  bob.say({ t: "read", peer: "alice", upTo: told["event"].position });
  bob.say({ t: "typing", peer: "alice" });
  await alice.until((frame) => frame.t === "event" && /Read/.test(frame["event"].type));
  await alice.until((frame) => frame.t === "typing");
  alice.say({ t: "chats", ref: "c", atLeast: sent["seq"] });
  const reply = await alice.until((frame) => frame.t === "reply" && frame["ref"] === "c");
  expect(JSON.stringify(reply)).toContain("hello");
  // Development tokens of one gateway are accepted by the other: they share a secret.
  await (await device({ ...other, token: one.token }, "alice")).close();

  for (const [role, checks] of [
    [one, { broker: true, log: true }],
    [actors, { broker: true, actors: true }],
    [projections, { broker: true, started: true }],
  ] as const) {
    expect((await role.ask("/livez")).status).toBe(200);
    expect((await role.ask("/admitz")).status).toBe(200);
    const ready = await role.ask("/readyz");
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { ready: true, ...checks, degraded: [] },
    ]);
    expect(await (await role.ask("/metrics")).text()).toContain("posthorn_broker_connected");
  }
  await Promise.all([alice.close(), bob.close()]);
  for (const role of [one, other, actors, projections]) expect(await role.ended("SIGTERM")).toBe(0);
});

test("[L11] processes that were paused while the slots were dealt anew end with one sentence, and start again", async () => {
  const env = await aBroker();
  const roles = ["gateway", "actors", "projections"];
  const all = await Promise.all(roles.map((role) => startRole(role, env)));
  const [gateway = await startRole("gateway", env)] = all;
  const token = await gateway.token("alice");
  const alice = await dial(gateway);
  for (const each of all) process.kill(each.pid, "SIGSTOP");
  await redeal(env.NATS_URL, 2);
  for (const each of all) process.kill(each.pid, "SIGCONT");
  // Greeting her reads how far her mailbox reaches.
  alice.say({ t: "hello", token, deviceId: "phone" });
  for (const each of all) {
    expect(await each.ended()).toBe(1);
    expect(each.log()).toMatch(
      /^MAILBOX_\d is of layout 2 now, and this process began with 1: it has to start again$/m,
    );
  }
  await alice.closed;
  expect(alice.frames.filter(({ t }) => t === "caughtUp")).toEqual([]);
  await Promise.all(all.map((each) => each.start()));
  await (await device(gateway, "alice")).close();
});

test("a process of actors needs no port, no folder and no issuer, and a gateway with a secret no folder", async () => {
  const env = await aBroker();
  const data = join(folder(), "none");
  const alone = { ...env, DATA_DIR: data, HOST: "0.0.0.0", PORT: "1", LOG_LEVEL: "info" };
  const actors = program({ ...alone, POSTHORN_ROLES: "actors" });
  await actors.start();
  expect(actors.log()).toMatch(/"settings":\["HOST","PORT","DATA_DIR"\].*settings of other roles/);
  const gateway = await startRole("gateway", { ...env, DATA_DIR: data });
  expect((await fetch(`${gateway.url}/admitz`)).status).toBe(200);
  await gateway.ended("SIGTERM");
  await actors.ended("SIGTERM");
  expect(existsSync(data)).toBe(false);
});

test.each([
  ["", "POSTHORN_ROLES: one or more of gateway, actors, projections, separated by commas"],
  ["gateway,", "POSTHORN_ROLES: one or more of gateway, actors, projections"],
  ["gateway,view", 'POSTHORN_ROLES: "view" is no role: one or more of gateway'],
])("a process with the roles %j ends with one sentence", async (POSTHORN_ROLES, sentence) => {
  const wrong = program({ POSTHORN_ROLES });
  await expect(wrong.start()).rejects.toThrow(
    `Posthorn ended with 1:\nsettings are wrong: ${sentence}`,
  );
});
