import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { commandOf } from "../../../scripts/broker/pid.mjs";
import { streamSettings } from "../../../scripts/cluster/layout.mjs";
import { read } from "../../../scripts/cluster/state.mjs";
import { TOP } from "../../../scripts/run.mjs";
import { buildBroken } from "../broken/build.mjs";

/** Brokers, streams and roles on a machine that does other things, too. */
const START_MS = 240_000;
const LOOK_MS = 100;
const ANSWER_MS = 1_500;
/** A cluster that has not stopped by then is killed. */
const STOP_MS = 120_000;

/** The cluster of `npm run cluster`, in a folder of its own, and what may be done to its processes. */
export class Cluster {
  readonly dir: string;
  readonly #broken: string | undefined;
  #child: ChildProcess | undefined;
  #out = "";

  /** @param broken a build of `broken/builds.mjs`. */
  constructor(dir: string, broken?: string) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.dir = dir;
    this.#broken = broken;
  }

  /** The address of the balancer. */
  get url(): string {
    return read(this.dir).url;
  }

  /** Returns when it runs. @throws Error with what it has said, when it does not. */
  async start(signal: AbortSignal): Promise<void> {
    if (this.#broken !== undefined) await buildBroken(this.#broken, this.#built);
    // A group of its own: Ctrl-C is said once, by the harness, when it has written down what it knows.
    const child = spawn(process.execPath, [join(TOP, "scripts", "cluster.mjs"), "--cuts"], {
      env: { ...process.env, DATA_DIR: this.dir, PORT: "", NODE_OPTIONS: this.#nodeOptions },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (piece) => (this.#out += String(piece)));
    const until = performance.now() + START_MS;
    while (!this.#out.includes("Orders from a second terminal")) {
      if (child.exitCode !== null || performance.now() > until)
        throw new Error(`the cluster does not start:\n${this.#out}`);
      await pause(LOOK_MS, undefined, { signal });
    }
  }

  /** Where a broken build lies: it finds its packages from there. */
  get #built(): string {
    return join(TOP, ".posthorn", "broken", this.#broken ?? "");
  }

  /** Options of every process of the cluster. */
  get #nodeOptions(): string {
    const { NODE_OPTIONS: own = "" } = process.env;
    const modules = ["./clock.mjs"];
    if (this.#broken !== undefined)
      modules.push(`../broken/begin.mjs?built=${pathToFileURL(this.#built).href}`);
    const imports = modules.map((path) => `--import=${new URL(path, import.meta.url).href}`);
    return [own, ...imports].join(" ").trim();
  }

  get names(): string[] {
    return read(this.dir).processes.map(({ name }) => name);
  }

  /** The monitor of each broker. */
  get monitors(): [name: string, url: string][] {
    return read(this.dir).processes.flatMap(({ name, health }) =>
      name.startsWith("nats-") && health !== null ? [[name, new URL(health).origin]] : [],
    );
  }

  /** The pid of a process, if it runs just now. */
  pidOf(name: string): number | undefined {
    const pid = read(this.dir).processes.find((each) => each.name === name)?.pid;
    // A pid alone may by now be somebody else's.
    const isOurs = /dist\/main\.js|nats\.conf/.test((pid && commandOf(pid)) || "");
    return isOurs && pid ? pid : undefined;
  }

  /** Sends a signal. Returns the pid; undefined: it does not run just now. */
  signal(name: string, signal: NodeJS.Signals): number | undefined {
    const pid = this.pidOf(name);
    if (pid !== undefined) process.kill(pid, signal);
    return pid;
  }

  isPaused(name: string): boolean {
    const pid = this.pidOf(name);
    return pid !== undefined && / T /.test(statOf(pid));
  }

  /** Names of those that do not say that they are ready. */
  async unready(): Promise<string[]> {
    const { processes } = read(this.dir);
    const looks = processes.map(async ({ name, health }) => {
      const answer = await fetch(health ?? "", { signal: AbortSignal.timeout(ANSWER_MS) }).catch(
        () => undefined,
      );
      return answer?.ok ? [] : [name];
    });
    return (await Promise.all(looks)).flat();
  }

  /** Bytes in memory, by process. */
  memory(): [name: string, bytes: number][] {
    return this.names.flatMap((name) => {
      const pid = this.pidOf(name);
      const kib = pid === undefined ? undefined : /VmRSS:\s+(\d+)/.exec(procOf(pid, "status"))?.[1];
      return kib === undefined ? [] : [[name, Number(kib) * 1_024] as [string, number]];
    });
  }

  /** Settings by which an operator's command reaches the brokers. */
  operator(): Record<string, string> {
    const conf = (name: string): string => readFileSync(join(this.dir, name, "nats.conf"), "utf8");
    const brokers = this.names.filter((name) => name.startsWith("nats-")).map(conf);
    const urls = brokers.map((text) => `nats://${/^listen: "(.+)"/m.exec(text)?.[1]}`);
    const { PARTITIONS: partitions, REPLICAS: replicas } = streamSettings(process.env);
    return {
      NATS_URL: urls.join(","),
      NATS_USER: "admin",
      NATS_PASSWORD_FILE: join(this.dir, "secrets", "admin-password"),
      PARTITIONS: partitions,
      REPLICAS: replicas,
    };
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    const over = once(child, "close");
    child.kill("SIGINT");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await over;
    clearTimeout(timer);
  }
}

const statOf = (pid: number): string => procOf(pid, "stat").replace(/^.*\)/, "");

/** A file of the kernel about a process; empty, when that has just ended. */
function procOf(pid: number, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, "utf8");
  } catch {
    return "";
  }
}
