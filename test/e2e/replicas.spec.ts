import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { factSubject } from "../../src/nats/subjects.ts";
import { startBroker } from "../support/broker.ts";
import { device, type Device } from "../support/device.ts";
import { mailbox } from "../support/mailbox.ts";
import { startRole } from "../support/role.ts";
import { silent } from "../support/silent.ts";

/** So many take a replica a second or two to build. */
const ENTRIES = 20_000;

/** Stores entries of others in front of those of alice, so that views have hers last. */
async function fill(url: string): Promise<void> {
  const link = await connect({ url }, "spec", silent);
  const publisher = new Publisher(link, silent);
  publisher.start();
  const other = mailbox("other");
  await Promise.all(
    Array.from({ length: ENTRIES }, (_, i) =>
      publisher.publish(factSubject("other"), other.sent(i, "bob").raw),
    ),
  );
  await publisher.stop();
  await link.drain();
}

/** Asks for the list of chats, without `atLeast`. Returns the answer, or the refusal. */
async function ask(alice: Device, ref: string): Promise<string> {
  alice.say({ t: "chats", ref });
  return JSON.stringify(await alice.until((frame) => frame["ref"] === ref));
}

test("while a second projections process builds its views, and while one is paused, nobody is shown an empty list or refused", async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const env = {
    NATS_URL: broker.url,
    QUESTIONS_PER_SECOND: "100000",
    QUESTIONS_BURST: "100000",
    USER_FRAMES_PER_SECOND: "100000",
    FRAMES_PER_SECOND: "100000",
  };
  const [gateway, , first] = await Promise.all([
    startRole("gateway", env),
    startRole("actors", env),
    startRole("projections", env),
  ]);
  await fill(broker.url);
  const alice = await device(gateway, "alice");
  alice.say({ t: "send", cid: "a.1", to: "bob", body: "hello" });
  const { seq } = await alice.until((frame) => frame.t === "sent");
  alice.say({ t: "chats", ref: "there", atLeast: seq });
  await alice.until((frame) => frame["ref"] === "there" && frame.t === "reply");

  const starting = startRole("projections", env);
  let isBuilding = true;
  void starting.finally(() => (isBuilding = false));
  let asked = 0;
  for (; isBuilding; asked++) expect(await ask(alice, `b${asked}`)).toContain("hello");
  expect(asked).toBeGreaterThan(5);

  // One of the two is silent: the queue still has it.
  const second = await starting;
  process.kill(first.pid, "SIGSTOP");
  onTestFinished(() => void process.kill(first.pid, "SIGCONT"));
  for (let n = 0; n < 10; n++) expect(await ask(alice, `p${n}`)).toContain("hello");
  expect(await second.ended("SIGTERM")).toBe(0);
}, 90_000);
