import { describe, expect, onTestFinished, test, vi } from "vitest";
import { jetstreamManager } from "@nats-io/jetstream";
import { generation } from "../../src/cli/generations.ts";
import { instantOfText } from "../../src/events/instant.ts";
import { connect } from "../../src/nats/connection.ts";
import { Registration } from "../../src/nats/kv/registration.ts";
import { copySubject } from "../../src/nats/subjects.ts";
import { count, host } from "../broker/host.ts";
import { startStore } from "../broker/support.ts";
import { startBroker } from "../support/broker.ts";
import { commanded, type Ended } from "../support/command.ts";
import { PATIENCE, PATIENCE_MS } from "../support/patience.ts";
import { lastOwner, putOwner } from "../../src/nats/owners.ts";
import { StandingBy } from "../../src/roles/bystander.ts";
import { silent } from "../support/silent.ts";

const run = (url: string, ...args: string[]): Promise<Ended> =>
  commanded(generation, args, { NATS_URL: url });

/** Where nobody listens. */
const NOWHERE = "nats://127.0.0.1:1";

test("behind the command, what is sent is shown, though a backup of stream and checkpoints hides that its seqs were heard", async () => {
  const { broker, topology, make, person, send, shows, shown, restart, backup, settled, marks } =
    await host(2);
  const [alice, bob] = [person("alice", 0), person("bob", 1)];
  let actors = await make();
  for (const n of count(1, 5)) await send(alice, bob, n);
  await shows(bob, alice, count(1, 5));
  await settled(0);
  await actors.stop();
  const { last_seq: end } = (await topology.jsm.streams.info("MAILBOX_0")).state;
  const restore = await backup("MAILBOX_0", "CHECKPOINT_0", "KV_SNAPSHOT");
  actors = await make();
  for (const n of count(6, 12)) await send(alice, bob, n);
  await shows(bob, alice, count(1, 12));
  await actors.stop();
  await restart(restore);

  // Nothing that is left shows it: started now, the actors take what is sent for what bob has heard.
  actors = await make();
  await send(alice, bob, 13);
  await settled(0);
  await actors.stop();
  expect(await marks(0)).toEqual([]);
  expect(await shown(bob, alice)).toEqual(count(1, 12).map(String));

  // The stream's own entries and five messages are what they were; what came behind them is not.
  expect(await run(broker.url, "MAILBOX_0", "--from", `${end + 1}`)).toEqual({
    code: 0,
    out: `MAILBOX_0: generation 1 begins at ${end + 1}; start Posthorn now\n`,
    err: "",
  });
  await make();
  for (const n of count(14, 16)) await send(alice, bob, n);
  await shows(bob, alice, count(1, 16));
});

describe("posthorn generation", () => {
  test("begins behind the last entry, above every number that is known, and says so outside first", async () => {
    const { broker, topology, saved, marks } = await host(2);
    const { last_seq: end } = (await topology.jsm.streams.info("MAILBOX_0")).state;
    const last = await topology.jsm.direct.getMessage("MAILBOX_0", { seq: end });
    const before = instantOfText(last?.timestamp ?? "");
    // Another stream has told this one in a generation that nothing else knows of.
    const { epoch } = topology.owners.of(1).owner;
    await saved(1).saveCheckpoint({ epoch, position: 0, told: [4, 0], bare: 0 });
    expect(await run(broker.url, "MAILBOX_0")).toMatchObject({ code: 0 });
    const mark = { generation: 5, from: end + 1, before };
    expect(await marks(0)).toEqual([mark]);
    expect(await marks(1)).toEqual([]);
    expect((await saved(0).highest())?.marks).toEqual([mark]);
    // A second one takes the next number.
    expect(await run(broker.url, "MAILBOX_0")).toMatchObject({
      out: `MAILBOX_0: generation 6 begins at ${end + 2}; start Posthorn now\n`,
    });
  });

  test("with --again has the stream tell all that the kept checkpoints go back to, above the numbers that are known there alone", async () => {
    const { broker, link, make, person, send, shows, settled, saved, topology, marks } =
      await host(2);
    const [alice, bob] = [person("alice", 0), person("bob", 1)];
    const actors = await make();
    for (const n of count(1, 10)) await send(alice, bob, n);
    await shows(bob, alice, count(1, 10));
    await settled(0);
    await actors.stop();
    const { epoch } = topology.owners.of(0).owner;
    const kept = JSON.stringify({ epoch, position: 0, told: [2, 0], bare: 0 });
    await link.nc.request("checkpoint.0.kept.1", kept, PATIENCE);
    const copies = async (): Promise<number> => {
      const only = { subjects_filter: "copy.>" };
      const { subjects } = (await topology.jsm.streams.info("MAILBOX_1", only)).state;
      return subjects?.[copySubject(bob)] ?? 0;
    };
    const before = await copies();
    expect(await run(broker.url, "MAILBOX_0", "--again")).toMatchObject({ code: 0 });
    expect(await marks(0)).toMatchObject([{ generation: 3 }]);
    expect(await saved(0).checkpoint()).toEqual({ epoch, position: 0, told: [2, 0], bare: 0 });
    expect(await run(broker.url, "MAILBOX_1", "--again")).toMatchObject({ code: 0 });
    await make();
    // All of it is put again, and dropped as repeats.
    await vi.waitFor(async () => expect(await copies()).toBe(before + 10), {
      timeout: PATIENCE_MS,
    });
    await shows(bob, alice, count(1, 10));
  });

  test("with --again replaces a checkpoint also where another was saved since a replica was asked for it", async () => {
    const { broker, link, saved, topology } = await host(1);
    const { epoch } = topology.owners.of(0).owner;
    const newer = JSON.stringify({ epoch, position: 7, told: [0], bare: 0 });
    // A replica that is behind answers as this one does: it does not know of what is stored a moment later.
    link.nc.subscribe("$JS.API.DIRECT.GET.CHECKPOINT_0.checkpoint.0.reached", {
      max: 1,
      callback: () => link.nc.publish("checkpoint.0.reached", newer),
    });
    await link.nc.flush();
    expect(await run(broker.url, "MAILBOX_0", "--again")).toMatchObject({ code: 0 });
    expect(await saved(0).checkpoint()).toMatchObject({ position: 0 });
  });

  test("refuses while a host of actors or a process of another role is heard, and not for one that has gone without a word", async () => {
    const { broker, make, link, topology, marks } = await host(1);
    const actors = await make();
    const refused = { code: 1, err: "posthorn: Posthorn is running: stop it first\n" };
    expect(await run(broker.url, "MAILBOX_0")).toMatchObject(refused);
    await actors.stop();
    const last = await lastOwner(topology.jsm, 0);
    const owner = { host: "gone", incarnation: "gone" };
    await putOwner(link.nc, 0, { ...last!.owner, type: "OwnerClaimed", owner }, last!.seq);
    expect(await marks(0)).toEqual([]);
    // A process of another role says it every 2 s, and has just done so.
    const bystander = new StandingBy({ host: "other", incarnation: "other" }, link, silent);
    bystander.start();
    onTestFinished(() => bystander.stop());
    expect(await run(broker.url, "MAILBOX_0")).toMatchObject(refused);
    bystander.stop();
    expect(await run(broker.url, "MAILBOX_0")).toMatchObject({ code: 0 });
  });

  test("refuses while a gateway is alive", async () => {
    const { broker, link, marks } = await host(1);
    const registered = new Registration(link, silent);
    await registered.start();
    onTestFinished(() => registered.stop());
    expect(await run(broker.url, "MAILBOX_0")).toEqual({
      code: 1,
      out: "",
      err: "posthorn: Posthorn is running: stop it first\n",
    });
    expect(await marks(0)).toEqual([]);
  });

  test("goes on once the gateway has said goodbye, though the broker was started again meanwhile", async () => {
    const { broker, link } = await host(1);
    const registered = new Registration(link, silent);
    await registered.start();
    await registered.stop();
    // It removes entries whose time is over some seconds after its start.
    await broker.kill();
    await broker.restart();
    const began = async (): Promise<void> =>
      expect(await run(broker.url, "MAILBOX_0")).toMatchObject({ code: 0 });
    await vi.waitFor(began, { ...PATIENCE, interval: 200 });
  });

  test("says how it is used", async () => {
    expect(await run(NOWHERE, "--help")).toMatchObject({
      code: 0,
      out: expect.stringContaining("Posthorn must be stopped"),
    });
  });

  test.each([
    [[]],
    [["ACTIVITY"]],
    [["MAILBOX_x"]],
    [["MAILBOX_0", "MAILBOX_1"]],
    [["MAILBOX_0", "--form", "3"]],
    [["MAILBOX_0", "--from", "0"]],
    [["MAILBOX_0", "--from", "1.5"]],
    [["MAILBOX_0", "--from", "last"]],
  ])(
    "ends with 2 and one sentence, and asks no broker, when it is called with %j",
    async (args) => {
      const { code, out, err } = await run(NOWHERE, ...args);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toMatch(/^posthorn: [^\n]+\n$/);
    },
  );

  test("ends with 2 for a stream or a seq that is not there, and makes no stream for it", async () => {
    const empty = await startBroker();
    onTestFinished(() => empty.stop());
    expect(await run(empty.url, "MAILBOX_0")).toMatchObject({
      code: 2,
      err: "posthorn: there is no stream MAILBOX_0\n",
    });
    const link = await connect({ url: empty.url }, "spec", silent);
    onTestFinished(() => link.nc.close());
    const jsm = await jetstreamManager(link.nc);
    expect(await jsm.streams.list().next()).toEqual([]);
    const { broker } = await startStore();
    expect(await run(broker.url, "MAILBOX_0", "--from", "3")).toMatchObject({
      code: 2,
      err: "posthorn: --from: MAILBOX_0 ends at 1, so 2 is the highest there is\n",
    });
    expect(await run(broker.url, "MAILBOX_1")).toMatchObject({
      code: 2,
      err: "posthorn: there is no stream MAILBOX_1\n",
    });
  });

  test("ends with 1 for streams of another format", async () => {
    const broker = await startBroker();
    onTestFinished(() => broker.stop());
    const link = await connect({ url: broker.url }, "spec", silent);
    onTestFinished(() => link.nc.close());
    const jsm = await jetstreamManager(link.nc);
    await jsm.streams.add({ name: "MAILBOX_0", subjects: ["fact.0.>"] });
    expect(await run(broker.url, "MAILBOX_0")).toMatchObject({
      code: 1,
      err: expect.stringContaining("is of format 1"),
    });
  });

  test("ends with 4 when NATS cannot be reached", async () => {
    expect(await run(NOWHERE, "MAILBOX_0")).toMatchObject({
      code: 4,
      err: expect.stringContaining("cannot connect"),
    });
  });
});
