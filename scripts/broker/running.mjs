import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { portsOf } from "./launch.mjs";
import { commandOf, pidIn } from "./pid.mjs";

/**
 * The nats-server that `npm start` runs in a folder just now, as settings of the program.
 * @param {string} dir
 * @returns {{ NATS_URL: string, NATS_USER?: string, NATS_PASSWORD?: string } | undefined}
 */
export function runningIn(dir) {
  const pid = pidIn(join(dir, "nats.pid"));
  const file = join(dir, "nats.conf");
  if (pid === undefined || !existsSync(file) || !commandOf(pid)?.includes(file)) return undefined;
  const ports = portsOf(dir, pid);
  if (ports === undefined) return undefined;
  const login = /^authorization: (.*)$/m.exec(readFileSync(file, "utf8"))?.[1];
  const { user, password } = login === undefined ? {} : JSON.parse(login);
  const NATS_URL = `nats://127.0.0.1:${ports.port}`;
  return { NATS_URL, ...(user && { NATS_USER: user, NATS_PASSWORD: password }) };
}
