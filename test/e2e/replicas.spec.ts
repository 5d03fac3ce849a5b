import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { factSubject } from "../../src/nats/subjects.ts";
import { folderOf, ViewStore } from "../../src/projections/store/store.ts";
import { startBroker } from "../support/broker.ts";
import { device, type Device } from "../support/device.ts";
import { folder } from "../support/folder.ts";
import { mailbox } from "../support/mailbox.ts";
import { PATIENCE } from "../support/patience.ts";
import { startRole } from "../support/role.ts";
import { silent } from "../support/silent.ts";

/** So many take a replica a second or two to build. */
const ENTRIES = 19_000;
/** With so many more it takes a peer's file instead. */
const MORE = 1_500;

/** Stores entries of others: at first in front of those of alice, so that views have hers last. */
async function fill(url: string, from: number, count: number): Promise<void> {
  const link = await connect({ url }, "spec", silent);
  const publisher = new Publisher(link, silent);
  publisher.start();
  const other = mailbox("other");
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      publisher.publish(factSubject("other"), other.sent(from + i, "bob").raw),
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

/** Asks until `coming` has come; each answer has to be right. Returns how often. */
async function askMeanwhile(alice: Device, coming: Promise<unknown>): Promise<number> {
  let isComing = true;
  void coming.finally(() => (isComing = false));
  let asked = 0;
  for (; isComing; asked++) expect(await ask(alice, `m${++refs}`)).toContain("hello");
  return asked;
}
let refs = 0;

/** Makes the views of a folder those of a version that had another history. */
async function setBack(dir: string): Promise<void> {
  const store = await ViewStore.open({ dir: folderOf(dir, "MAILBOX_0"), log: silent });
  const at = store.table.checkpoint()!;
  const views = { ...at.views, history: { version: 0, kinds: ["text"] } };
  store.table.drop([], { ...at, views });
  await store.close();
}

test("while a second projections process builds its views, is replaced by one with other views, and while one is paused, nobody is shown an empty list or refused", async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const env = {
    NATS_URL: broker.url,
    QUESTIONS_PER_SECOND: "100000",
    QUESTIONS_BURST: "100000",
    USER_FRAMES_PER_SECOND: "100000",
    FRAMES_PER_SECOND: "100000",
  };
  const [gateway, , old] = await Promise.all([
    startRole("gateway", env),
    startRole("actors", env),
    startRole("projections", env),
  ]);
  await fill(broker.url, 0, ENTRIES);
  const alice = await device(gateway, "alice");
  alice.say({ t: "send", cid: "a.1", to: "bob", body: "hello" });
  const { seq } = await alice.until((frame) => frame.t === "sent");
  alice.say({ t: "chats", ref: "there", atLeast: seq });
  await alice.until((frame) => frame["ref"] === "there" && frame.t === "reply");

  const DATA_DIR = folder();
  const starting = startRole("projections", { ...env, DATA_DIR });
  expect(await askMeanwhile(alice, starting)).toBeGreaterThan(5);

  const first = await starting;
  expect(await askMeanwhile(alice, first.ended("SIGTERM"))).toBeGreaterThan(0);
  await setBack(join(DATA_DIR, "views"));
  await fill(broker.url, ENTRIES, MORE);
  const replacing = startRole("projections", { ...env, DATA_DIR });
  expect(await askMeanwhile(alice, replacing)).toBeGreaterThan(5);

  // One of the two is silent: the queue still has it.
  const second = await replacing;
  expect(second.log()).toContain("views are those of a peer");
  process.kill(old.pid, "SIGSTOP");
  onTestFinished(() => void process.kill(old.pid, "SIGCONT"));
  for (let n = 0; n < 10; n++) expect(await ask(alice, `p${n}`)).toContain("hello");
  expect(await second.ended("SIGTERM")).toBe(0);
});

test("[V13] two projections processes share the streams as VIEW_REPLICAS says, nobody is refused while one joins and leaves, and where there are too few it says so", async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const env = {
    NATS_URL: broker.url,
    PARTITIONS: "4",
    QUESTIONS_PER_SECOND: "100000",
    QUESTIONS_BURST: "100000",
    USER_FRAMES_PER_SECOND: "100000",
    FRAMES_PER_SECOND: "100000",
  };
  const dirs = [folder(), folder()];
  const keeper = (n: number, VIEW_REPLICAS: string) =>
    startRole("projections", { ...env, DATA_DIR: dirs[n] ?? "", VIEW_REPLICAS });
  const kept = () =>
    dirs.map((dir) => {
      const views = join(dir, "views");
      const names = existsSync(views) ? readdirSync(views) : [];
      return names.filter((name) => name !== "handouts").toSorted();
    });
  const [gateway] = await Promise.all([startRole("gateway,actors", env), keeper(0, "1")]);
  const all = ["ACTIVITY", "MAILBOX_0", "MAILBOX_1", "MAILBOX_2", "MAILBOX_3"];
  expect(kept()[0]).toEqual(all);
  const alice = await device(gateway, "alice");
  alice.say({ t: "send", cid: "a.1", to: "bob", body: "hello" });
  const { seq } = await alice.until((frame) => frame.t === "sent");
  alice.say({ t: "chats", ref: "there", atLeast: seq });
  await alice.until((frame) => frame["ref"] === "there" && frame.t === "reply");

  const joining = keeper(1, "1");
  const dealt = async (): Promise<void> => {
    await joining;
    await vi.waitFor(() => expect(kept().flat().toSorted()).toEqual(all), PATIENCE);
  };
  expect(await askMeanwhile(alice, dealt())).toBeGreaterThan(5);
  const leaving = (await joining).ended("SIGTERM");
  expect(await askMeanwhile(alice, leaving)).toBeGreaterThan(0);
  expect(await leaving).toBe(0);
  expect(await ask(alice, "left")).toContain("hello");

  const third = await keeper(1, "3");
  const said = { ready: true, degraded: ["viewReplicas"] };
  await vi.waitFor(
    async () => expect(await (await third.ask("/readyz")).json()).toMatchObject(said),
    PATIENCE,
  );
  expect(third.log()).toContain("fewer processes with projections than VIEW_REPLICAS");
});
