import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBroker, type Broker } from "./broker.ts";

const DOCKER = join(import.meta.dirname, "../../docker");

/** Users of docker/nats.conf. */
export type Role = "gateway" | "actors" | "projections" | "admin" | "posthorn";

/** A broker with the shipped configuration and secrets. */
export interface Shipped extends Broker {
  readonly password: (role: Role) => string;
}

/** Starts the broker of docker/nats.conf: only where it listens and stores is the spec's own, and what `change` makes of it. */
export async function startShipped(
  change: (conf: string) => string = (conf) => conf,
): Promise<Shipped> {
  const dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "roles-"));
  execFileSync("sh", [join(DOCKER, "secrets.sh"), dir]);
  const conf = change(readFileSync(join(DOCKER, "nats.conf"), "utf8"))
    .replace('"0.0.0.0:4222"', '"127.0.0.1:-1"')
    .replace('"0.0.0.0:8222"', '"127.0.0.1:-1"')
    .replace('"/data"', JSON.stringify(join(dir, "store")))
    .concat(`\nports_file_dir: ${JSON.stringify(dir)}\npid_file: "${dir}/nats.pid"\n`);
  const broker = await startBroker({ dir, conf });
  const passwords = readFileSync(join(dir, "passwords.conf"), "utf8");
  return {
    ...broker,
    get pid() {
      return broker.pid;
    },
    async stop() {
      await broker.stop();
      rmSync(dir, { recursive: true, force: true });
    },
    password: (role) =>
      new RegExp(`^${role.toUpperCase()}_PASSWORD: "(.+)"$`, "m").exec(passwords)?.[1] ?? "",
  };
}
