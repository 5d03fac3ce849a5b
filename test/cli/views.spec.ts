import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { views } from "../../src/cli/views.ts";
import { connect, type Link } from "../../src/nats/connection.ts";
import { source } from "../../src/nats/read/sources.ts";
import { activitySubject, copySubject, factSubject } from "../../src/nats/subjects.ts";
import { type Topology } from "../../src/nats/topology.ts";
import { Projections } from "../../src/projections/projections.ts";
import { folderOf, ViewStore } from "../../src/projections/store/store.ts";
import { startBroker, type Broker } from "../support/broker.ts";
import { beginning, views as ask } from "../projections/support.ts";
import { commanded, type Ended } from "../support/command.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { entry } from "../projections/traffic.mjs";
import { streamsOf } from "../support/streams.ts";

let broker: Broker;
let link: Link;
let topology: Topology;
let running: Projections;
const data = mkdtempSync(join(tmpdir(), "posthorn-cli-"));
const dir = join(data, "views");

/** Stores what happens next, as gateway and actors would. */
// The stream's own entry is its first, so each entry lies one higher than it says.
async function happens(from: number, to: number): Promise<void> {
  for (let seq = from; seq <= to; seq++) {
    const { kind, owner, raw } = entry(seq);
    await link.nc.request((kind === "fact" ? factSubject : copySubject)(owner), raw, PATIENCE);
  }
}

const active = (user: string) =>
  link.nc.request(activitySubject(user), '{"type":"UserActive","action":"send"}', PATIENCE);

const run = (...args: string[]): Promise<Ended> =>
  commanded(views, args, { DATA_DIR: data, NATS_URL: broker.url });

beforeAll(async () => {
  broker = await startBroker();
  link = await connect({ url: broker.url }, "spec", silent);
  topology = await streamsOf(link, { partitions: 1, replicas: 1 });
  await happens(1, 200);
  await active("alice");
  running = await Projections.start({
    sources: ["MAILBOX_0", "ACTIVITY"].map((name) =>
      source(link, topology, name, "gathering", silent),
    ),
    dir,
    mailboxOf: () => "MAILBOX_0",
    onlineMs: 20_000,
    elapsed: () => 0,
    log: silent,
  });
  await running.ready;
});

afterAll(async () => {
  await running.stop();
  await link.drain();
  await broker.stop();
  rmSync(data, { recursive: true, force: true });
});

describe("posthorn views, beside a running Posthorn,", () => {
  test("verifies that the views are what a replay gives", async () => {
    const { code, out } = await run("verify", "--json");
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { stream: "MAILBOX_0", seq: 201, same: expect.any(Number), unproven: 0 },
      { stream: "ACTIVITY", seq: 1, same: 1, unproven: 0 },
    ]);
    expect(readdirSync(data)).toEqual(["views"]);
  });
  test("finds a row that is wrong, and mends it by rebuilding", async () => {
    const store = await ViewStore.open({ dir: folderOf(dir, "MAILBOX_0"), log: silent });
    const table = store.table;
    table.commit(table.checkpoint() ?? beginning(""), 201, (rows) => {
      rows.put("newest/alice", "mallory");
    });
    expect(await run("verify")).toMatchObject({
      code: 3,
      out: expect.stringContaining(
        "MAILBOX_0: differs at 201, first in the row newest/alice (conversations)",
      ),
    });
    expect(await run("rebuild")).toMatchObject({
      code: 0,
      out: "MAILBOX_0: rebuilt up to 201\nACTIVITY: rebuilt up to 1\n",
    });
    expect((await run("verify")).code).toBe(0);
    await store.close({ last: false });
  });
  test("mends one view alone", async () => {
    const store = await ViewStore.open({ dir: folderOf(dir, "MAILBOX_0"), log: silent });
    const table = store.table;
    table.commit(table.checkpoint() ?? beginning(""), 201, (rows) => {
      rows.put("newest/alice", "mallory");
      rows.put("read/alice/bob/00000000005", 1);
    });
    expect(await run("rebuild", "--view", "status")).toMatchObject({
      code: 0,
      out: "MAILBOX_0: rebuilt up to 201\n",
    });
    expect((await run("verify")).out).toContain("first in the row newest/alice (conversations)");
    expect((await run("rebuild", "--view", "conversations")).code).toBe(0);
    expect((await run("verify")).code).toBe(0);
    await store.close({ last: false });
  });
  test("leaves a running Posthorn that goes on where the rebuilt views are", async () => {
    await happens(201, 240);
    expect(await running.runners.get("MAILBOX_0")?.atLeast(241)).toBe(true);
    const store = await ViewStore.open({ dir: folderOf(dir, "MAILBOX_0"), log: silent });
    const { messages } = ask(store.table, "alice").history("bob", { limit: 100 });
    expect(messages).toHaveLength(60);
    await store.close({ last: false });
    expect((await run("verify")).code).toBe(0);
  });
});

describe("posthorn views", () => {
  test("says how it is used", async () => {
    expect(await run("--help")).toMatchObject({ code: 0, out: expect.stringContaining("rebuild") });
  });
  test("ends with 2 when it is used wrongly", async () => {
    expect(await run()).toMatchObject({ code: 2, out: "" });
    expect(await run("verify", "--jsno")).toMatchObject({ code: 2 });
    expect(await run("verify", "rebuild")).toMatchObject({ code: 2 });
    expect(await run("verify", "--view", "chats")).toMatchObject({ code: 2 });
    expect(await run("rebuild", "--view", "chts")).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no view "chts"'),
    });
  });
  test("ends with 1 when there are no views to verify", async () => {
    const empty = { DATA_DIR: join(data, "none"), NATS_URL: broker.url };
    expect(await commanded(views, ["verify"], empty)).toMatchObject({
      code: 1,
      err: expect.stringContaining("there are no views"),
    });
  });
  test("ends with 4 when NATS cannot be reached", async () => {
    const nowhere = { DATA_DIR: data, NATS_URL: "nats://127.0.0.1:1" };
    expect(await commanded(views, ["verify"], nowhere)).toMatchObject({
      code: 4,
      err: expect.stringContaining("cannot connect"),
    });
  });
});
