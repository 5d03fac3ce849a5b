import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { check } from "../../src/cli/check.ts";
import { disconnect } from "../../src/cli/disconnect.ts";
import { generation } from "../../src/cli/generations.ts";
import { init } from "../../src/cli/init.ts";
import { sessionsOf } from "../../src/cli/sessions.ts";
import { commanded } from "../support/command.ts";
import { device } from "../support/device.ts";
import { program } from "../support/program.ts";
import { startRole } from "../support/role.ts";
import { startShipped, type Role, type Shipped } from "../support/shipped.ts";
import { stopwatch } from "../support/stopwatch.ts";

/** The broker of docker/nats.conf until the spec is over. */
async function shipped(change?: (conf: string) => string): Promise<Shipped> {
  const broker = await startShipped(change);
  onTestFinished(() => broker.stop());
  return broker;
}

const loginOf = (broker: Shipped, role: Role): Record<string, string> => ({
  NATS_URL: broker.url,
  NATS_USER: role,
  NATS_PASSWORD: broker.password(role),
});

test("people chat while each role runs with no more than the rights of its own user, on streams that an administrator made", async () => {
  const broker = await shipped();
  const roles = ["gateway", "actors", "projections"] as const;
  // None of them may make the streams: they wait for the one who may.
  const starting = roles.map((role) => startRole(role, loginOf(broker, role)));
  const admin = { ...loginOf(broker, "admin"), PARTITIONS: "4" };
  const made = "the streams are there: 4 of mailboxes, 1 replicas of each\n";
  for (let again = 0; again < 2; again++)
    expect(await commanded(init, [], admin)).toEqual({ code: 0, out: made, err: "" });
  const started = await Promise.all(starting);
  const gateway = started[0]!;

  const [alice, bob] = await Promise.all([device(gateway, "alice"), device(gateway, "bob")]);
  alice.say({ t: "watch", users: ["bob"] });
  alice.say({ t: "send", cid: "a.1", to: "bob", body: "hello" });
  const sent = await alice.until((frame) => frame.t === "sent");
  const told = await bob.until((frame) => frame.t === "event" && frame["event"].author === "alice");
  bob.say({ t: "typing", peer: "alice" });
  await alice.until((frame) => frame.t === "typing");
  bob.say({ t: "read", peer: "alice", upTo: told["event"].position });
  await alice.until((frame) => frame.t === "event" && /Read/.test(frame["event"].type));
  alice.say({ t: "chats", ref: "c", atLeast: sent["seq"] });
  const reply = await alice.until((frame) => frame.t === "reply" && frame["ref"] === "c");
  expect(JSON.stringify(reply)).toContain("hello");
  alice.say({ t: "lastSeen", ref: "l", users: ["bob"] });
  await alice.until((frame) => frame.t === "reply" && frame["ref"] === "l");

  // Commands of an operator beside a gateway need no more than its rights.
  const beside = { ...loginOf(broker, "gateway"), POSTHORN_ROLES: "gateway" };
  expect(await commanded(sessionsOf, ["bob"], beside)).toMatchObject({
    code: 0,
    out: expect.stringContaining("device bob-device, "),
  });
  expect(await commanded(disconnect, ["bob"], beside)).toEqual({
    code: 0,
    out: "bob: signed out; none of the sessions that this forbids is open\n",
    err: "",
  });
  expect(await bob.closed).toBe(4502);
  await alice.close();
  for (const role of started) {
    expect(await role.ended("SIGTERM")).toBe(0);
    expect(role.log()).not.toMatch(/refused|violation/i);
  }
  expect(await commanded(check, [], admin)).toMatchObject({ code: 0, err: "" });
  expect(await commanded(generation, ["MAILBOX_0"], admin)).toMatchObject({ code: 0, err: "" });
});

test.each([
  ["gateway", "session.*.*.*", "publish session."],
  ["gateway", "presence.*.*.*", "subscription presence."],
  ["gateway", "view.*", "publish view."],
  ["actors", "checkpoint.*.>", "publish checkpoint."],
  ["actors", "signal.*.*", "subscription signal."],
  ["actors", "$JS.API.CONSUMER.MSG.NEXT.*.*", "publish $JS.API.CONSUMER.MSG.NEXT."],
  ["projections", "view.* views", "subscription view."],
  ["projections", "$JS.API.DIRECT.GET.*", "publish $JS.API.DIRECT.GET."],
  ["projections", "_INBOX_projections.>", "subscription _INBOX_projections."],
] as const)(
  "a process of %s whose user may not use %s says so at once",
  async (role, right, said) => {
    const broker = await shipped((conf) => {
      const at = conf.indexOf(`{ user: ${role},`);
      const of = conf.slice(at);
      return conf.slice(0, at) + of.replace(`"${right}"`, '"nothing"');
    });
    const own = program({
      ...loginOf(broker, role),
      POSTHORN_ROLES: role,
      PORT: "0",
      DATA_DIR: join(broker.dir, role),
    });
    const took = stopwatch();
    await expect(own.start()).rejects.toThrow(
      `NATS user ${role} lacks rights that ${role} need: ${said}`,
    );
    expect(took()).toBeLessThan(20_000);
  },
);
