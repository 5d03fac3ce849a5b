// The cluster under test: that of `npm run cluster`, in a folder of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { read } from "../../../scripts/cluster/state.mjs";
import { TOP } from "../../../scripts/run.mjs";
import { RAISED } from "../../../bench/server.mjs";

/** A first start may install, build and fetch a broker. */
const READY_MS = 300_000;

/** @typedef {Awaited<ReturnType<typeof startCluster>>} Cluster */

/**
 * Starts it, and resolves when all its processes are ready.
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function startCluster(args, env = {}) {
  const folder = join(TOP, ".posthorn", "bench");
  mkdirSync(folder, { recursive: true });
  const dir = mkdtempSync(join(folder, "cluster-"));
  const child = spawn(process.execPath, [join(TOP, "scripts", "cluster.mjs"), ...args], {
    detached: true, // Ctrl-C reaches the bench only, which then stops it
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...RAISED, DATA_DIR: dir, PORT: "", ...env },
  });
  const over = once(child, "close");
  let out = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => (out += String(chunk)));
  const stop = async () => {
    child.kill("SIGINT");
    await over;
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  for (const until = Date.now() + READY_MS; !out.includes("Orders from"); await sleep(100)) {
    if (child.exitCode === null && Date.now() < until) continue;
    await stop();
    throw new Error(`the cluster did not start:\n${out}`);
  }
  const processes = () => read(dir).processes;
  /** @param {string} name @returns {import("../../../scripts/cluster/state.mjs").Running} */
  const named = (name) => {
    const found = processes().find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  return {
    dir,
    url: read(dir).url,
    stop,
    processes,
    /** @param {string} name */
    pid: (name) => named(name).pid ?? 0,
    /** Where a process says how it is. @param {string} name */
    health: (name) => named(name).health ?? "",
    /** The port at which clients reach a gateway or a broker. @param {string} name */
    port(name) {
      const [text, port] = name.startsWith("nats-")
        ? [readFileSync(join(dir, name, "nats.conf"), "utf8"), /^listen: "[^"]+:(\d+)"/m]
        : [readFileSync(`/proc/${named(name).pid}/environ`, "utf8"), /(?:^|\0)PORT=(\d+)/];
      return Number(port.exec(text)?.[1]);
    },
  };
}
