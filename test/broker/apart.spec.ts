import { once } from "node:events";
import { createConnection, createServer, type Socket } from "node:net";
import { headers } from "@nats-io/transport-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { RefusedError } from "../../src/nats/publish/publication.ts";
import { Publisher } from "../../src/nats/publish/publisher.ts";
import { silent } from "../support/silent.ts";
import { idOf, publishAll, put, sizes, stored, STREAM, texts } from "./batches.ts";
import { FACTS, startStore, until } from "./support.ts";
import { PATIENCE_MS } from "../support/patience.ts";

describe("a batch that is not stored as a whole is taken apart, and each of it stored alone:", () => {
  test("[L9] one with a duplicate in it, which is told the place of the first", async () => {
    const store = await startStore({ synced: true });
    const { publisher } = store;
    const first = await put(publisher, "50");
    expect(first).toEqual({ seq: 2, duplicate: false });
    const told = await Promise.all(texts(100).map((text) => put(publisher, text)));
    expect(told[50]).toEqual({ seq: 2, duplicate: true });
    const rest = told.filter((_, i) => i !== 50);
    expect(rest.every(({ duplicate }) => !duplicate)).toBe(true);
    expect(rest.map(({ seq }) => seq)).toEqual(rest.map((_, i) => i + 3));
    const found = await stored(store);
    expect(found.map(({ text }) => text)).toEqual(["50", ...texts(100).filter((t) => t !== "50")]);
    expect(sizes(found)).toEqual(Array(100).fill(1));
  });

  test("one with the same id twice", async () => {
    const store = await startStore({ synced: true });
    const all = [...texts(20), "7"];
    const told = await Promise.all(all.map((text) => put(store.publisher, text)));
    expect(told.at(-1)).toEqual({ seq: told[7]?.seq, duplicate: true });
    expect((await stored(store)).map(({ text }) => text)).toEqual(texts(20));
  });

  test("one that the broker has no room for, beside fifty that are under way", async () => {
    const store = await startStore({ synced: true });
    const { nc } = store.link;
    const halves = texts(50).map((name) => {
      const begun = headers();
      begun.set("Nats-Batch-Id", name);
      begun.set("Nats-Batch-Sequence", "1");
      return nc.request(FACTS, "never committed", { headers: begun, timeout: PATIENCE_MS });
    });
    await Promise.all(halves);
    await publishAll(store.publisher, texts(30));
    const found = await stored(store);
    expect(found.map(({ text }) => text)).toEqual(texts(30));
    expect(sizes(found)).toEqual(Array(30).fill(1));
  });

  test("one for a stream that takes none any more", async () => {
    const store = await startStore({ synced: true });
    const { jsm } = store.topology;
    const { config } = await jsm.streams.info(STREAM);
    await jsm.streams.update(STREAM, { ...config, allow_atomic: false });
    await publishAll(store.publisher, texts(30));
    expect(sizes(await stored(store))).toEqual(Array(30).fill(1));
  });

  test("one with a publication that is larger than the broker takes", async () => {
    const store = await startStore({ synced: true });
    // With its headers; without them all of them have room in one batch.
    const large = put(store.publisher, "x".repeat(256 * 1024 - 40), idOf("large"));
    const rest = publishAll(store.publisher, texts(20));
    await expect(large).rejects.toBeInstanceOf(RefusedError);
    await rest;
    const found = await stored(store);
    expect(found.map(({ text }) => text)).toEqual(texts(20));
    expect(sizes(found)).toEqual(Array(20).fill(1));
  });

  test("[L9] one that is not answered in time, though the broker stores it in the end", async () => {
    const store = await startStore({ synced: true });
    process.kill(store.broker.pid, "SIGSTOP");
    const told = Promise.all(texts(60).map((text) => put(store.publisher, text)));
    const { nc } = store.link;
    const before = nc.stats().outMsgs;
    // All of the batch, and then each of it again; or the connection is given up before.
    const { connected } = store.link;
    await until(() => nc.stats().outMsgs >= before + 120 || !connected());
    process.kill(store.broker.pid, "SIGCONT");
    expect((await told).map(({ seq }) => seq)).toEqual(texts(60).map((_, i) => i + 2));
    const found = await stored(store);
    expect(found.map(({ text }) => text)).toEqual(texts(60));
    expect(store.publisher.size).toBe(0);
  });

  test("[L9] one of which a broken connection has carried only half", async () => {
    const store = await startStore({ synced: true });
    const half = await halving(store.broker.url, "Nats-Batch-Sequence: 30\r\n");
    const link = await connect({ url: half.url }, "spec", silent);
    onTestFinished(() => link.nc.close());
    const publisher = new Publisher(link, silent, store.topology.destinationAt, true);
    publisher.start();
    onTestFinished(() => publisher.stop(0));
    await publishAll(publisher, texts(60));
    expect(half.cut()).toBe(true);
    const found = await stored(store);
    expect(found.map(({ text }) => text).toSorted()).toEqual(texts(60).toSorted());
    expect(sizes(found)).toEqual(Array(60).fill(1));
  });
});

/** A way to the broker that breaks once, when `word` has come by: what follows it is lost. */
async function halving(url: string, word: string) {
  let cut = false;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection(Number(new URL(url).port), "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
    far.pipe(near);
    near.on("data", (chunk) => {
      const at = cut ? -1 : chunk.indexOf(word);
      if (at < 0) return void far.write(chunk);
      cut = true;
      far.end(chunk.subarray(0, at));
      near.destroy();
    });
    near.on("close", () => far.end());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return { url: `nats://127.0.0.1:${address.port}`, cut: () => cut };
}
