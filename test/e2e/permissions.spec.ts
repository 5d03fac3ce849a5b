import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp } from "../support/app.ts";
import { device } from "../support/device.ts";
import { startShipped, type Role, type Shipped } from "../support/shipped.ts";

const ROLES = ["gateway", "actors", "projections", "admin", "posthorn"] as const;

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

/** By subject, who may publish to it. */
const PUBLISH: Record<string, Role[]> = {
  "fact.7.19.alice": ["gateway", "actors", "posthorn"],
  "fact.7.19.alice.more": [],
  "copy.7.19.bob": ["actors", "posthorn"],
  "session.7.19.alice": ["gateway", "actors", "posthorn"],
  "tick.7.19.g-hikers": ["gateway", "posthorn"],
  "group.7.19.g-hikers": ["actors", "posthorn"],
  "owner.0": ["actors", "admin", "posthorn"],
  "activity.7.19.alice": ["gateway", "posthorn"],
  "deadletter.7.19.alice": ["actors", "posthorn"],
  "presence.7.19.alice": [],
  "signal.7.19": ["gateway", "posthorn"],
  "gateway.gw-1": ["actors", "posthorn"],
  "host.h-1": ["gateway", "actors", "projections", "posthorn"],
  "view.0": ["gateway", "projections", "posthorn"],
  "view.activity": ["gateway", "projections", "posthorn"],
  "checkpoint.0.reached": ["actors", "admin", "posthorn"],
  "checkpoint.0.kept.1": ["actors", "admin", "posthorn"],
  "view.0.again": ["gateway", "projections", "posthorn"],
  "view.0.file.1a2b": ["projections", "posthorn"],
  "view.0.sums.1a2b": ["projections", "posthorn"],
  "replica.r-1": ["projections", "posthorn"],
  "replica.r-1.file": ["projections", "posthorn"],
  "$KV.SNAPSHOT.7.19.alice": ["actors", "posthorn"],
  "$KV.SNAPSHOT.7.19.alice.a.0": ["actors", "posthorn"],
  "$KV.GATEWAY.gw-1": ["gateway", "actors", "posthorn"],
  "$JS.API.STREAM.INFO.MAILBOX_0": [...ROLES],
  "$JS.API.STREAM.CREATE.MAILBOX_0": ["admin", "posthorn"],
  "$JS.API.STREAM.LEADER.STEPDOWN.MAILBOX_0": ["actors", "admin", "posthorn"],
  "$JS.API.STREAM.UPDATE.MAILBOX_0": ["admin"],
  "$JS.API.STREAM.DELETE.MAILBOX_9": ["admin"],
  "$JS.API.STREAM.PURGE.MAILBOX_9": ["admin"],
  "$JS.API.STREAM.MSG.DELETE.MAILBOX_9": ["admin"],
  "$JS.API.STREAM.SNAPSHOT.MAILBOX_9": ["admin"],
  "$JS.API.STREAM.RESTORE.MAILBOX_9": ["admin"],
  "$JS.SNAPSHOT.ACK.MAILBOX_9.x.131072.1": ["admin"],
  "$JS.SNAPSHOT.RESTORE.MAILBOX_9.x": ["admin"],
  "$JS.API.STREAM.MSG.GET.MAILBOX_0": ["admin"],
  "$JS.API.DIRECT.GET.MAILBOX_0": ["gateway", "actors", "projections", "admin", "posthorn"],
  "$JS.API.DIRECT.GET.ACTIVITY.activity.7.19.alice": [
    "gateway",
    "actors",
    "projections",
    "admin",
    "posthorn",
  ],
  "$JS.API.DIRECT.GET.DEADLETTER": ["actors", "admin", "posthorn"],
  "$JS.API.DIRECT.GET.KV_SNAPSHOT": ["actors", "admin", "posthorn"],
  "$JS.API.DIRECT.GET.CHECKPOINT_9.checkpoint.9.highest": ["actors", "admin", "posthorn"],
  "$JS.API.CONSUMER.CREATE.MAILBOX_0.c": ["actors", "projections", "admin", "posthorn"],
  "$JS.API.CONSUMER.CREATE.ACTIVITY.c": ["projections", "admin", "posthorn"],
  "$JS.API.CONSUMER.CREATE.DEADLETTER.c": ["admin", "posthorn"],
  "$JS.API.CONSUMER.CREATE.KV_SNAPSHOT.c": ["admin", "posthorn"],
  "$JS.API.CONSUMER.MSG.NEXT.MAILBOX_0.c": ["actors", "projections", "admin", "posthorn"],
  "$JS.API.CONSUMER.DURABLE.CREATE.MAILBOX_0.c": ["admin"],
  "$SYS.REQ.SERVER.PING": [],
  "_INBOX_gateway.x": [],
};

/** By subject (with a queue, where it is listened to in one), who may subscribe to it. */
const SUBSCRIBE: Record<string, Role[]> = {
  "fact.>": [],
  "copy.7.19.*": [],
  "session.>": [],
  "owner.0": ["actors", "posthorn"],
  "activity.7.19.alice": [],
  "presence.7.19.alice": ["gateway", "posthorn"],
  "signal.7.19": ["actors", "posthorn"],
  "gateway.gw-1": ["gateway", "posthorn"],
  "group.7.19.g-hikers": ["gateway", "posthorn"],
  "tick.>": [],
  "host.h-1": ["actors", "admin", "posthorn"],
  "view.0": [],
  "view.0 views": ["projections", "posthorn"],
  "view.0.again": ["projections", "posthorn"],
  "view.0.file.1a2b": [],
  "view.0.file.1a2b views": ["projections", "posthorn"],
  "view.0.sums.1a2b": ["projections", "posthorn"],
  "replica.r-1": ["projections", "posthorn"],
  "replica.r-1.file": ["projections", "posthorn"],
  "$KV.>": [],
  "$JS.EVENT.>": [],
  "_INBOX_gateway.>": ["gateway"],
  "_INBOX_admin.>": ["admin"],
  "_INBOX.>": [],
  ">": [],
};

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
