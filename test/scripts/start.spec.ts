import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { commandOf, pidIn } from "../../scripts/broker/pid.mjs";
import { developmentToken } from "../support/app.ts";
import { startBroker } from "../support/broker.ts";
import { device } from "../support/device.ts";
import { answer } from "../support/siege.ts";
import { chat } from "../support/chat.ts";
import { PATIENCE } from "../support/patience.ts";

const SOON = { ...PATIENCE, interval: 20 };
const SCRIPT = join(import.meta.dirname, "../../scripts/start.mjs");

interface Started {
  readonly pid: number;
  /** stdout and stderr so far. */
  said(): string;
  url(): Promise<string>;
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** The exit code, once it has ended by itself. */
  readonly ended: Promise<number | null>;
}

let dir: string;
let children: ChildProcess[];
beforeEach(() => {
  dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "posthorn-start-"));
  children = [];
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGTERM");
    await once(child, "exit");
  }
  rmSync(dir, { recursive: true });
});

/** `npm start` on the folder of this test and a free port. */
function start(env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [SCRIPT], {
    env: { ...process.env, PORT: "0", DATA_DIR: dir, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, "close").then(([code]) => code as number | null);
  return {
    pid: child.pid ?? 0,
    said: () => said,
    url: () => vi.waitUntil(() => /runs at (\S+)[^]*Bob:/.exec(said)?.[1], SOON),
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
    ended,
  };
}

const brokerPid = (): number => pidIn(join(dir, "nats", "nats.pid")) ?? 0;

/** Is there a process that works on the folder of this test? */
const runs = (pid: number): boolean => commandOf(pid)?.includes(dir) ?? false;
const head = async (url: string): Promise<string> => (await fetch(`${url}/readyz`)).text();

describe("npm start", () => {
  test("says where two people can chat, and that anybody can be anybody", async () => {
    const app = start();
    const url = await app.url();
    expect(await head(url)).toContain('"ready":true');
    expect(app.said()).toContain(`${url}/?as=alice`);
    expect(app.said()).toContain(`${url}/?as=bob`);
    expect(app.said()).toContain("DEVELOPMENT IDENTITIES ARE ON");
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "ends on %s and leaves no process",
    async (signal) => {
      const app = start();
      await app.url();
      const broker = brokerPid();
      expect(runs(broker)).toBe(true);
      expect(await app.end(signal)).toBe(0);
      expect(runs(broker)).toBe(false);
    },
  );

  test("that is told to stop while it comes up does not say that it runs, and leaves no process", async () => {
    const app = start();
    await vi.waitUntil(() => brokerPid() > 0, SOON);
    const broker = brokerPid();
    expect(await app.end("SIGINT")).toBe(0);
    expect(app.said()).toContain("stopping …");
    expect(app.said()).not.toContain("runs at");
    expect(runs(broker)).toBe(false);
  });

  test("takes two signals at once for one: npm passes on what the terminal has sent", async () => {
    const app = start();
    await app.url();
    process.kill(app.pid, "SIGINT");
    expect(await app.end("SIGINT")).toBe(0);
  });

  test("[O1] continues with all data the second time", async () => {
    const first = start();
    const alice = chat(await first.url(), "alice");
    alice.send("bob", "are you there?");
    await vi.waitUntil(() => alice.messages("bob").items[0]?.status === "sent", SOON);
    await alice.close();
    await first.end("SIGTERM");

    const second = start();
    const bob = chat(await second.url(), "bob");
    await vi.waitUntil(() => bob.messages("alice").items[0]?.body === "are you there?", SOON);
    await bob.close();
  });

  test.each([
    ["always", "synced"],
    ["1s", "stored"],
  ])("with SYNC=%s a message that is sent is %s", async (SYNC, durability) => {
    const app = start({ SYNC });
    const url = await app.url();
    const wsUrl = `${url.replace("http", "ws")}/v1/ws`;
    const token = (user: string): Promise<string> => developmentToken(url, user);
    const alice = await device({ url, wsUrl, token }, "alice");
    const sent = await answer(alice, { t: "send", cid: "a.1", to: "bob", body: "hello" });
    expect(sent).toMatchObject({ t: "sent", durability });
    await alice.close();
  });

  test("[O2] is not ready any more when its store is removed", async () => {
    const app = start();
    const url = await app.url();
    expect(await head(url)).toContain('"store":true');
    rmSync(join(dir, "nats", "store"), { recursive: true });
    await vi.waitUntil(async () => (await head(url)).includes('"store":false'), SOON);
    expect(await head(url)).toContain('"ready":false');
  });

  test("ends the nats-server that a killed start has left, and runs its own", async () => {
    const killed = start();
    await killed.url();
    const left = brokerPid();
    await killed.end("SIGKILL");
    expect(runs(left)).toBe(true);
    const app = start();
    await app.url();
    expect(runs(left)).toBe(false);
    expect(runs(brokerPid())).toBe(true);
  });

  test("refuses a second start on the same folder, and the first goes on", async () => {
    const app = start();
    const url = await app.url();
    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.said()).toMatch(/^posthorn: .*lock is held by process \d+.*\n$/);
    expect(await head(url)).toContain('"ready":true');
  });

  test("uses the broker of NATS_URL and starts none", async () => {
    const broker = await startBroker();
    const app = start({ NATS_URL: broker.url });
    await app.url();
    expect(brokerPid()).toBe(0);
    expect(await app.end("SIGTERM")).toBe(0);
    await broker.stop();
  });
});

describe("npm start says in one sentence", () => {
  const refusal = async (env: Record<string, string>): Promise<string> => {
    const app = start(env);
    expect(await app.ended).toBe(1);
    expect(runs(brokerPid())).toBe(false);
    return app.said();
  };

  test("that the port is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    expect(await refusal({ PORT: String(port) })).toMatch(
      new RegExp(`^posthorn: port ${port} .*in use.*\\n$`),
    );
    other.close();
  });

  test("that the folder cannot be written", async () => {
    const file = join(dir, "file");
    writeFileSync(file, "");
    expect(await refusal({ DATA_DIR: join(file, "data") })).toMatch(
      /^posthorn: \S+ cannot be written \(DATA_DIR names another folder\).*\n$/,
    );
  });

  test.each([
    ["SYNC", "never"],
    ["NATS_PORT", "x"],
    ["PORT", "70000"],
    ["NATS_SERVER", "missing"],
  ])("that %s=%s is no setting", async (name, value) => {
    expect(await refusal({ [name]: value })).toMatch(new RegExp(`^posthorn: .*${name}.*\\n$`));
  });
});
