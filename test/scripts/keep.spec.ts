import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { binary } from "../../scripts/broker/binary.mjs";
import { keep, type Kept } from "../../scripts/broker/keep.mjs";
import { launch } from "../../scripts/broker/launch.mjs";
import { commandOf, pidIn } from "../../scripts/broker/pid.mjs";
import { PATIENCE } from "../support/patience.ts";

let dir: string;
let said: string[];
let lost: unknown[];
let started: Kept[];
beforeEach(() => {
  dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "posthorn-keep-"));
  said = [];
  lost = [];
  started = [];
});
afterEach(async () => {
  for (const broker of started) await broker.stop();
  rmSync(dir, { recursive: true });
});

async function start(): Promise<Kept> {
  const told = {
    say: (line: string) => said.push(line),
    lost: (error: unknown) => lost.push(error),
  };
  const broker = await keep(await binary(), { dir }, told);
  started.push(broker);
  return broker;
}
const pid = (): number => pidIn(join(dir, "nats.pid")) ?? 0;
const runs = (one: number): boolean => commandOf(one)?.includes(dir) ?? false;
const until = (condition: () => boolean) => vi.waitUntil(condition, { ...PATIENCE, interval: 10 });

/** Connects as Posthorn does, and waits for the answer to a ping. */
async function reach(broker: Kept): Promise<void> {
  const { user, password } = broker.login;
  const nats = await connect({ servers: broker.url, user, pass: password });
  await nats.flush();
  await nats.close();
}

describe("the nats-server of npm start", () => {
  test("listens on loopback for whoever knows the password of this start", async () => {
    const broker = await start();
    await reach(broker);
    await expect(connect({ servers: broker.url })).rejects.toThrow("Authorization Violation");
    expect(broker.url).toMatch(/^nats:\/\/127\.0\.0\.1:\d+$/);
    expect(statSync(join(dir, "nats.conf")).mode & 0o777).toBe(0o600);
    const varz = (await (await fetch(`${broker.monitorUrl}/varz`)).json()) as { host: string };
    expect(varz.host).toBe("127.0.0.1");
    await broker.stop();
    expect(readdirSync(dir).filter((file) => file.endsWith(".ports"))).toEqual([]);
  });

  test("is there again, on the same port, when it was killed, and leaves no file of one that was", async () => {
    // Of a server whose Posthorn was killed, too.
    writeFileSync(join(dir, "nats-server_1.ports"), "{}");
    const broker = await start();
    const first = pid();
    process.kill(first, "SIGKILL");
    await vi.waitFor(() => reach(broker), { ...PATIENCE, interval: 10 });
    expect(pid()).not.toBe(first);
    expect(said).toEqual(["nats-server ended (SIGKILL): starting it again"]);
    await broker.stop();
    expect(readdirSync(dir).filter((file) => file.endsWith(".ports"))).toEqual([]);
    expect(runs(pid())).toBe(false);
    expect(lost).toEqual([]);
  });

  test("is given up when it ends again and again", async () => {
    const broker = await start();
    while (lost.length === 0) {
      const before = said.length;
      // One that could not start, as on a machine that is busy, counts as well, and is started again.
      await until(() => runs(pid()) || lost.length > 0);
      if (runs(pid())) process.kill(pid(), "SIGKILL");
      await until(() => said.length > before || lost.length > 0);
    }
    expect(String(lost[0])).toContain("ends again and again");
    expect(said).toHaveLength(5);
    await broker.stop();
  });

  test("stays away when it is stopped while it is being started again", async () => {
    const broker = await start();
    process.kill(pid(), "SIGKILL");
    await until(() => said.length === 1);
    await broker.stop();
    expect(runs(pid())).toBe(false);
  });

  test("[O1] ends the one that a killed Posthorn left in the folder", async () => {
    const left = await launch(await binary(), { dir });
    const broker = await start();
    await left.exited;
    expect(pid()).not.toBe(left.pid);
    await reach(broker);
    await broker.stop();
  });
});
