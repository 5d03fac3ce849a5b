import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { commandOf } from "../../scripts/broker/pid.mjs";
import { ask } from "../../scripts/cluster/ask.mjs";
import { read } from "../../scripts/cluster/state.mjs";
import { developmentToken } from "../support/app.ts";
import { device, type Device, type Reachable } from "../support/device.ts";
import { folder } from "../support/folder.ts";
import { PATIENCE, PATIENCE_MS } from "../support/patience.ts";

const CERTIFICATES = join(import.meta.dirname, "../../docker/certificates.sh");
const SCRIPT = join(import.meta.dirname, "../../scripts/cluster.mjs");

/** The cluster of this checkout in a folder of its own, with TLS and ways to cut, until the spec is over. */
async function startCluster() {
  const dir = folder();
  const env = { ...process.env, DATA_DIR: dir, PARTITIONS: "2" };
  const child = spawn(process.execPath, [SCRIPT, "--cuts", "--tls"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const over = once(child, "close");
  onTestFinished(async () => {
    child.kill("SIGINT");
    await over;
  });
  let out = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => (out += String(chunk)));
  await vi.waitFor(() => expect(out).toContain("Orders from a second terminal"), 3 * PATIENCE_MS);
  const url = /The cluster runs at (\S+)/.exec(out)?.[1] ?? "";
  // A token of one gateway is good at the other, also when the one is dead.
  const tokens = new Map<string, string>();
  for (const user of ["alice", "bob"]) tokens.set(user, await developmentToken(url, user));
  const app: Reachable = {
    url,
    wsUrl: `${url.replace("http", "ws")}/v1/ws`,
    token: (user) => Promise.resolve(tokens.get(user) ?? ""),
  };
  const order = (...args: string[]): string =>
    execFileSync(process.execPath, [SCRIPT, ...args], { env, encoding: "utf8" });
  const wrong = (...args: string[]): string =>
    spawnSync(process.execPath, [SCRIPT, ...args], { env, encoding: "utf8" }).stderr;
  const end = async (): Promise<unknown> => {
    child.kill("SIGINT");
    return (await over)[0];
  };
  /** A broker's words about itself. */
  const wordsOf = async (name: string): Promise<Words> => {
    const { processes, ca } = read(dir);
    const health = processes.find((each) => each.name === name)?.health ?? "";
    const { text } = await ask(new URL("/varz", health).href, { ca, ms: 5_000 });
    return JSON.parse(text) as Words;
  };
  /** The brokers and processes that a broker is connected to, as it says itself. */
  const linksOf = async (name: string): Promise<Pick<Words, "routes" | "connections">> => {
    const { routes, connections } = await wordsOf(name);
    return { routes, connections };
  };
  /** Renews certificates as docs/operations.md says; a broker is told of it. */
  const renew = (...names: string[]): void => {
    const certificates = join(dir, "tls");
    for (const name of names) rmSync(join(certificates, `${name}.pem`));
    execFileSync("sh", [CERTIFICATES, certificates, ...names]);
    for (const { name, pid } of read(dir).processes)
      if (names.includes(name) && name.startsWith("nats-")) process.kill(pid ?? 0, "SIGHUP");
  };
  return { app, order, wrong, wordsOf, linksOf, renew, end };
}

/** Some of what a broker says of itself. */
interface Words {
  readonly routes: number;
  readonly connections: number;
  readonly tls_required?: boolean;
  readonly tls_cert_not_after?: string;
  readonly cluster: { readonly tls_required?: boolean; readonly tls_cert_not_after?: string };
}

/** A socket of a gateway that dies just then is cut: a client tries again. */
const joined = (app: Reachable, user: string): Promise<Device> =>
  vi.waitFor(() => device(app, user), { ...PATIENCE, interval: 100 });

/** Each is answered within 2 s. */
const QUESTIONS_MAX = PATIENCE_MS / 2_000;

/** Two people, each on a gateway of their own, say something to each other. Resolves with what a ✓ promised. */
async function chat(app: Reachable, text: string): Promise<unknown> {
  const [alice, bob] = await Promise.all([joined(app, "alice"), joined(app, "bob")]);
  alice.say({ t: "send", cid: `${text}.1`, to: "bob", body: text });
  const sent = await alice.until((frame) => frame.t === "sent");
  const told = await bob.until((frame) => frame.t === "event" && frame["event"].body === text);
  bob.say({ t: "read", peer: "alice", upTo: told["event"].position });
  await alice.until((frame) => frame.t === "event" && /Read/.test(frame["event"].type));
  // Views whose broker is cut off are behind until they have another one.
  for (let i = 0; ; i++) {
    const ref = `c${i}`;
    alice.say({ t: "chats", ref, atLeast: sent["seq"] });
    const reply = await alice.until((frame) => frame["ref"] === ref);
    if (reply["retryable"] === true && i < QUESTIONS_MAX) continue;
    expect(JSON.stringify(reply)).toContain(text);
    break;
  }
  await Promise.all([alice.close(), bob.close()]);
  return sent["durability"];
}

test(
  "npm run cluster is one address behind which two people chat, whichever process is killed",
  async () => {
    const { app, order, wrong, wordsOf, linksOf, renew, end } = await startCluster();
    const [alice, bob] = await Promise.all([joined(app, "alice"), joined(app, "bob")]);
    await vi.waitFor(() => {
      const status = order("status");
      for (const name of ["gateway-1", "gateway-2"])
        expect(status).toMatch(new RegExp(`^${name} .*ready, 1 sessions$`, "m"));
      expect(status.match(/^actors-\d .*ready/gm)).toHaveLength(2);
      const run = [...status.matchAll(/^actors-\d .*, partitions ([\d ]+)$/gm)];
      expect(run.flatMap(([, ks = ""]) => ks.split(" ")).toSorted()).toEqual(["0", "1"]);
      expect(status.match(/^(nats|projections)-\d .*ready/gm)).toHaveLength(5);
    }, PATIENCE_MS);
    // Monitors behind TLS are believed, too.
    expect(await chat(app, "calm")).toBe("replicated+synced");
    const encrypted = { tls_required: true, cluster: { tls_required: true } };
    expect(await wordsOf("nats-1")).toMatchObject(encrypted);

    // A certificate that is renewed counts for clients and routes to come; those that are there stay.
    const { cluster, ...old } = await wordsOf("nats-1");
    renew("nats-1", "gateway-1");
    await vi.waitFor(async () => {
      const now = await wordsOf("nats-1");
      expect(now.tls_cert_not_after).not.toBe(old.tls_cert_not_after);
      expect(now.cluster.tls_cert_not_after).not.toBe(cluster.tls_cert_not_after);
      expect(now).toMatchObject({ routes: old.routes, connections: old.connections });
    }, PATIENCE_MS);
    await chat(app, "renewed");

    // A broker that is cut off from everybody has no routes, and nobody; who was there goes on elsewhere.
    expect(order("cut", "nats-3")).toMatch(/^cut: nats-3 and all, closed: [1-9]\d* connections/);
    await vi.waitFor(
      async () => expect(await linksOf("nats-3")).toEqual({ routes: 0, connections: 0 }),
      PATIENCE_MS,
    );
    await chat(app, "cut");
    expect(order("status")).toMatch(/^cut: nats-3 and all, closed/m);
    order("heal");
    await vi.waitFor(
      async () => expect((await linksOf("nats-3")).routes).toBeGreaterThan(0),
      PATIENCE_MS,
    );
    expect(order("status")).not.toMatch(/^cut:/m);

    // Sockets of a gateway that is killed are cut, the other keeps its own.
    order("kill", "gateway-1");
    await Promise.race([alice.closed, bob.closed]);
    await chat(app, "gateway");
    for (const name of ["actors-1", "projections-1"]) {
      order("kill", name);
      await chat(app, name);
    }
    expect(wrong("kill", "nobody")).toMatch(
      /^posthorn: name one of nats-1, .*gateway-2(, front)?\n$/,
    );
    expect(wrong("pause", "actors-2")).toMatch(/^posthorn: say for how long, as in 20s/);
    expect(wrong("cut", "gateway-1", "the-moon")).toMatch(/^posthorn: name one of nats-1, .*front/);
    expect(wrong("cut", "gateway-1", "actors-1")).toMatch(/nothing between gateway-1 and actors-1/);
    expect(wrong("dance")).toMatch(/^posthorn: there is no order "dance"/);

    // Each of those that were killed is started again.
    const pids = await vi.waitFor(() => {
      const found = [...order("status").matchAll(/^(?!front)\S+ +(\d+) /gm)].map(([, pid]) =>
        Number(pid),
      );
      expect(found).toHaveLength(9);
      return found;
    }, PATIENCE_MS);
    expect(await end()).toBe(0);
    expect(pids.filter((pid) => commandOf(pid)?.match(/main\.js|nats\.conf/))).toEqual([]);
    expect(wrong("status")).toMatch(/^posthorn: no cluster runs in /);
  },
  10 * PATIENCE_MS,
);
