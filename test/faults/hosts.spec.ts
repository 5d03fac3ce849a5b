import { readFileSync } from "node:fs";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { describe, expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { lastOwner } from "../../src/nats/owners.ts";
import { mailboxStream } from "../../src/nats/subjects.ts";
import type { App } from "../support/app.ts";
import { device, type Device } from "../support/device.ts";
import { silent } from "../support/silent.ts";
import { stopwatch } from "../support/stopwatch.ts";
import { Company, server, until } from "./support.ts";

const STREAMS = [0, 1, 2, 3];
const nameOf = ({ dir }: App): string => readFileSync(join(dir, "host"), "utf8").trim();

/** Two whole processes with actors on one set of streams; each has come to its share of them. */
async function two(env: Record<string, string> = {}) {
  const first = await server(env);
  const second = await server({ ...env, NATS_URL: first.broker.url });
  const { nc } = await connect({ url: first.broker.url }, "spec", silent);
  onTestFinished(() => nc.close());
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  /** The name of the host that owns each stream. */
  const owners = (): Promise<(string | undefined)[]> =>
    Promise.all(STREAMS.map(async (k) => (await lastOwner(jsm, k))?.owner.owner?.host));
  const shares = async (app: App): Promise<number> =>
    (await owners()).filter((name) => name === nameOf(app)).length;
  const shared = (): Promise<void> =>
    until(async () => (await shares(first)) === 2 && (await shares(second)) === 2);
  await shared();
  /** The entries of a kind and type in all streams. */
  const count = async (kind: string, type: string): Promise<number> => {
    let found = 0;
    for (const k of STREAMS) {
      const { last_seq: end } = (await jsm.streams.info(mailboxStream(k))).state;
      for (let seq = 1; seq <= end; seq++) {
        const entry = await jsm.direct.getMessage(mailboxStream(k), { seq }).catch(() => null);
        if (entry?.subject.startsWith(`${kind}.`) && entry.string().includes(`"${type}"`)) found++;
      }
    }
    return found;
  };
  return { first, second, shares, shared, count };
}

/** Somebody at `app` writes to each of these, and says when the last of it has come. */
async function delivered(author: Device, peers: readonly Device[], text: string): Promise<void> {
  for (const [i, peer] of peers.entries())
    author.say({ t: "send", cid: `${text}.${i + 1}`, to: peer.user, body: text });
  await Promise.all(peers.map((peer) => peer.until(({ event }) => event?.body === text)));
}

/** Enough people for every stream to have some. */
const crowd = (app: App): Promise<Device[]> =>
  Promise.all(Array.from({ length: 12 }, (_, i) => device(app, `user${i}`)));

describe("two processes with actors on one set of streams", () => {
  test("[A11] share the streams, and what one would have told and routed nobody tells or routes twice", async () => {
    const { first, second, count } = await two();
    const people = [new Company(first, "alice", "bob"), new Company(second, "carol", "dave")];
    for (const company of people) company.chat(50);
    for (const company of people) await company.settled();
    for (const company of people) company.expectPromisesKept();
    expect(await count("copy", "MessageSent")).toBe(200);
    const routed = [first, second].map((app) => app.log()).join("");
    expect(routed).not.toMatch(/not started again/);
  });

  test("[A12] when one is killed with -9, the first message of its people comes within 5 s of it, and nothing is lost or doubled", async () => {
    const { first, second, shares } = await two();
    const company = new Company(second, "alice", "bob", "carol", "dave");
    const people = await crowd(second);
    company.chat(100);
    await until(() => company.acked > 50);
    await first.kill();
    const took = stopwatch();
    const [author, ...peers] = people as [Device, ...Device[]];
    await delivered(author, peers, "after");
    expect(took()).toBeLessThan(5_000);
    await until(async () => (await shares(second)) === 4);
    await company.settled();
    company.expectPromisesKept();
    expect(company.acked).toBe(400);
    // It comes back under its own name, is no owner by its old entry, and gets its share again.
    await first.restart();
    await until(async () => (await shares(first)) === 2);
    await delivered(author, peers, "again");
  });

  test("[A12] one that was paused past the take-over reads its successor's entry and stops; what it still says is recognised", async () => {
    const { first, second, shares } = await two();
    const company = new Company(second, "alice", "bob", "carol", "dave");
    company.chat(200);
    await until(() => company.acked > 100);
    process.kill(first.pid, "SIGSTOP");
    await until(async () => (await shares(second)) === 4);
    company.chat(50);
    process.kill(first.pid, "SIGCONT");
    await company.settled();
    company.expectPromisesKept();
    expect(company.acked).toBe(1_000);
    await until(async () => (await shares(first)) === 2);
    company.chat(10);
    await company.settled();
    company.expectPromisesKept();
  });

  test("[A13] one that is told to stop hands its streams over first: nobody elsewhere waits for long", async () => {
    const { first, second, shares } = await two();
    const people = await crowd(second);
    const [author, ...peers] = people as [Device, ...Device[]];
    await delivered(author, peers, "before");
    const waits: number[] = [];
    const stopped = first.terminate();
    let over = false;
    void stopped.then(() => (over = true));
    for (let n = 0; !over; n++) {
      const took = stopwatch();
      await delivered(author, peers, `m${n}`);
      waits.push(took());
    }
    expect(await stopped).toBe(0);
    expect(await shares(second)).toBe(4);
    expect(Math.max(...waits)).toBeLessThan(1_000);
  });
});

test("[A12] one process alone, killed with -9, owns its streams again at once", async () => {
  const app = await server();
  await app.kill();
  await app.restart();
  const [alice, bob] = [await device(app, "alice"), await device(app, "bob")];
  const took = stopwatch();
  await delivered(alice, [bob], "again");
  expect(took()).toBeLessThan(1_000);
});
