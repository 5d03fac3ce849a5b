import { jetstreamManager } from "@nats-io/jetstream";
import { expect, onTestFinished, test, vi } from "vitest";
import { check } from "../../src/cli/check.ts";
import { generation } from "../../src/cli/generations.ts";
import { partitions } from "../../src/cli/partitions.ts";
import { positionOf } from "../../src/events/position.ts";
import { connect } from "../../src/nats/connection.ts";
import { lastOwner } from "../../src/nats/owners.ts";
import { copySubject } from "../../src/nats/subjects.ts";
import { startCluster } from "../broker/cluster.ts";
import { count, host } from "../broker/host.ts";
import { startBroker } from "../support/broker.ts";
import { commanded } from "../support/command.ts";
import { silent } from "../support/silent.ts";
import { PATIENCE } from "../support/patience.ts";
import { bundleOf, edit, restored } from "./bundles.ts";
import { streamsOf } from "../support/streams.ts";

test("[L10] what is sent behind a restore is shown, though as much was sent since the backup; nothing is told twice, and no position is given twice", async () => {
  const { broker, make, person, send, shows, settled, marks, topology, saved } = await host(2);
  const [alice, bob] = [person("alice", 0), person("bob", 1)];
  let actors = await make();
  for (const n of count(1, 50)) await send(alice, bob, n);
  await shows(bob, alice, count(1, 50));
  await settled(0);
  await settled(1);
  const dir = await bundleOf(broker);
  const lost = [];
  for (const n of count(51, 100)) lost.push(await send(alice, bob, n));
  await shows(bob, alice, count(1, 100));
  await actors.stop();
  expect(await restored(broker, dir, "--replace")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/, in generation 1; start Posthorn now\n$/),
  });
  for (const k of [0, 1]) {
    // 50 entries, and two of the stream's own: its first, and its owner's claim.
    expect(await marks(k)).toMatchObject([{ generation: 1, from: 53 }]);
    expect(await saved(k).checkpoint()).toMatchObject({ position: 52, told: [1, 1] });
  }
  actors = await make();
  const sent = [];
  for (const n of count(101, 150)) sent.push(await send(alice, bob, n));
  await shows(bob, alice, [...count(1, 50), ...count(101, 150)]);
  // None of the copies came twice.
  const copies = { subjects_filter: copySubject(bob) };
  const { state } = await topology.jsm.streams.info("MAILBOX_1", copies);
  expect(state.subjects).toEqual({ [copySubject(bob)]: 100 });
  expect(lost).toEqual(expect.arrayContaining(sent.slice(0, 48)));
  expect(Math.min(...sent.map((seq) => positionOf(1, seq)))).toBeGreaterThan(Math.max(...lost));
});

test("a generation begins above all that the log, the backup and what was there know of, and each stream has another epoch", async () => {
  const { broker, saved, marks, topology } = await host(2);
  const dir = await bundleOf(broker);
  const epoch = (k: number): string => topology.owners.of(k).owner.epoch;
  // After the backup another stream has told this one in a generation that nothing else knows of.
  await saved(1).saveCheckpoint({ epoch: epoch(1), position: 0, told: [6, 0], bare: 0 });
  expect(await restored(broker, dir, "--replace")).toMatchObject({ code: 0 });
  expect(await marks(0)).toMatchObject([{ generation: 7 }]);
  // The same backup once more: what it was replaced by knows of 7.
  const link = await connect({ url: broker.url }, "spec", silent);
  onTestFinished(() => link.nc.close());
  const once = (await streamsOf(link, { partitions: 1, replicas: 1 })).owners.of(1).owner;
  expect(await restored(broker, dir, "--replace")).toMatchObject({ code: 0 });
  const twice = (await streamsOf(link, { partitions: 1, replicas: 1 })).owners.of(1).owner;
  expect(twice).toMatchObject({ type: "PutBack", earlier: [epoch(1)], marks: [{ generation: 8 }] });
  expect(new Set([epoch(1), once.epoch, twice.epoch]).size).toBe(3);
  // And a backup of what was put back is of the same cluster.
  const later = await bundleOf(broker);
  expect(await restored(broker, dir, "--replace")).toMatchObject({ code: 0 });
  expect(await restored(broker, later, "--replace")).toMatchObject({ code: 0 });
  expect(await marks(1)).toMatchObject([{ generation: 8 }, { generation: 10 }]);
});

test("what was owed when the backup was taken is owed still", async () => {
  const { broker, saved, topology } = await host(2);
  const { epoch } = topology.owners.of(0).owner;
  await saved(0).saveCheckpoint({ epoch, position: 1, told: [0, 0], bare: 0 });
  const env = { NATS_URL: broker.url };
  expect(await commanded(generation, ["MAILBOX_1"], env)).toMatchObject({ code: 0 });
  const dir = await bundleOf(broker);
  expect(await restored(broker, dir, "--replace")).toMatchObject({ code: 0 });
  expect(await saved(0).checkpoint()).toMatchObject({ told: [2, 0] });
});

test("an empty broker gets all of it, with as many replicas as are asked for", async () => {
  const { broker, person, send } = await host(2);
  await send(person("alice", 0), person("bob", 1), 1);
  const dir = await bundleOf(broker);
  const empty = await startBroker();
  onTestFinished(() => empty.stop());
  edit(dir, ({ pieces }) => ({
    pieces: pieces.map((each) => ({ ...each, config: { ...each.config, num_replicas: 3 } })),
  }));
  expect(await restored(empty, dir)).toMatchObject({
    code: 1,
    err: expect.stringContaining(
      "the broker is one server, and cannot have 3 replicas of a stream: use --replicas 1",
    ),
  });
  expect(await restored(empty, dir, "--replicas", "1")).toMatchObject({ code: 0 });
  const link = await connect({ url: empty.url }, "spec", silent);
  onTestFinished(() => link.nc.close());
  const topology = await streamsOf(link, { partitions: 1, replicas: 1 });
  expect(topology.partitions).toBe(2);
  expect((await topology.jsm.streams.info("MAILBOX_0")).state).toMatchObject({ last_seq: 3 });
});

test("[L13] a cluster gets the streams of one server, with three replicas of each, and deals them to more", async () => {
  const { broker, person, send } = await host(2);
  await send(person("alice", 0), person("bob", 1), 1);
  const dir = await bundleOf(broker);
  const { brokers, connect: connected } = await startCluster();
  const [first] = brokers;
  expect(await restored({ url: first?.url ?? "" }, dir, "--replicas", "3")).toMatchObject({
    code: 0,
    err: expect.not.stringContaining("posthorn:"),
  });
  const { nc } = await connected(1);
  const jsm = await jetstreamManager(nc);
  const putBack = { type: "PutBack", marks: [{ generation: 1 }] };
  const last = await vi.waitFor(() => lastOwner(jsm, 1), { ...PATIENCE, interval: 100 });
  expect(last?.owner).toMatchObject(putBack);
  const { config } = await jsm.streams.info("MAILBOX_0");
  expect(config.num_replicas).toBe(3);
  expect((await jsm.streams.getMessage("MAILBOX_0", { seq: 2 }))?.string()).toContain(
    "MessageSent",
  );
  const env = { NATS_URL: first?.url ?? "" };
  // Nobody has started Posthorn in between: the streams that no backup has are missing.
  expect(await commanded(partitions, ["split", "--into", "4"], env)).toMatchObject({ code: 0 });
  const split = await streamsOf({ nc }, { partitions: 1, replicas: 1 });
  expect(split).toMatchObject({ partitions: 4, replicas: 3, owners: { layout: 2 } });
  for (const k of [2, 3]) {
    expect(split.owners.of(k).owner).toMatchObject({ marks: [{ generation: 1 }] });
    const made = await jsm.streams.info(`MAILBOX_${k}`);
    expect(made.config).toMatchObject({ num_replicas: 3, mirror_direct: false });
  }
  expect(await commanded(check, [], env)).toMatchObject({ code: 0 });
});
