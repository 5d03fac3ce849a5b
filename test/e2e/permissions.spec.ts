import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp } from "../support/app.ts";
import { device } from "../support/device.ts";
import { PUBLISH, ROLES, SUBSCRIBE } from "../support/rights.ts";
import { startShipped, type Role, type Shipped } from "../support/shipped.ts";

let broker: Shipped;
beforeAll(async () => {
  broker = await startShipped();
});
afterAll(() => broker.stop());

/** The server's refusals of what `act` does, as `publish x` or `subscription y`. */
async function refused(role: Role, act: (nats: NatsConnection) => void): Promise<string[]> {
  const login = { user: role, pass: broker.password(role) };
  const nats = await connect({ servers: broker.url, ...login, inboxPrefix: `_INBOX_${role}` });
  const said: string[] = [];
  const listening = (async () => {
    for await (const status of nats.status())
      if (status.type === "error") said.push(status.error.message);
  })();
  act(nats);
  // The server answers in order: what it refuses, it has said before the answer to this ping.
  await nats.flush();
  await nats.close();
  await listening;
  return said.flatMap(
    (text) =>
      /violation for (publish|subscription) to "([^"]+)"/i.exec(text)?.slice(1).join(" ") ?? text,
  );
}

describe.each(ROLES)("the role %s", (role) => {
  test("[L1] may publish what it has to, and nothing else", async () => {
    const subjects = Object.keys(PUBLISH);
    const refusals = await refused(role, (nats) => {
      for (const subject of subjects) nats.publish(subject, "{}");
    });
    const expected = subjects.filter((subject) => !PUBLISH[subject]?.includes(role));
    expect(refusals).toEqual(expected.map((subject) => `Publish ${subject}`));
  });

  test("may subscribe to what it has to, and nothing else", async () => {
    const subjects = Object.keys(SUBSCRIBE);
    const refusals = await refused(role, (nats) => {
      for (const each of subjects) {
        const [subject = "", queue] = each.split(" ");
        nats.subscribe(subject, { callback: () => undefined, ...(queue && { queue }) });
      }
    });
    const expected = subjects.filter((subject) => !SUBSCRIBE[subject]?.includes(role));
    expect(refusals.map((text) => text.replace("Subscription ", ""))).toEqual(
      expected.map((subject) => subject.split(" ")[0]),
    );
  });
});

test("nobody connects without a password, or with another role's", async () => {
  await expect(connect({ servers: broker.url })).rejects.toThrow("Authorization Violation");
  const login = { user: "posthorn", pass: broker.password("gateway") };
  await expect(connect({ servers: broker.url, ...login })).rejects.toThrow(
    "Authorization Violation",
  );
});

test("a whole chat needs no more than the role posthorn may", async () => {
  const app = await startApp({
    NATS_URL: broker.url,
    NATS_MONITOR_URL: broker.monitorUrl,
    NATS_USER: "posthorn",
    NATS_PASSWORD_FILE: join(broker.dir, "posthorn-password"),
  });
  const [alice, bob] = await Promise.all([device(app, "alice"), device(app, "bob")]);
  alice.say({ t: "watch", users: ["bob"] });
  alice.say({ t: "send", cid: "a.1", to: "bob", body: "hello" });
  expect(await alice.until((frame) => frame.t === "sent")).toMatchObject({ durability: "synced" });
  const told = await bob.until((frame) => frame.t === "event" && frame["event"].author === "alice");
  bob.say({ t: "typing", peer: "alice" });
  bob.say({ t: "read", peer: "alice", upTo: told["event"].position });
  await alice.until((frame) => frame.t === "typing");
  await alice.until((frame) => frame.t === "event" && /Delivered|Read/.test(frame["event"].type));
  alice.say({ t: "chats", ref: "c" });
  await alice.until((frame) => frame.t === "reply" && frame["ref"] === "c");
  await Promise.all([alice.close(), bob.close()]);
  expect(await app.terminate()).toBe(0);
  await app.stop();
  // Questions of views that stand still, and words to a stream that is away, are refused by the process itself: a matter of the machine's load.
  expect(app.log()).not.toMatch(/"(broker|subscription) refused"|violation/i);
});
