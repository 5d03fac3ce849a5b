import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TOP } from "../run.mjs";

/** Passwords of the brokers' users, by the script that makes those of Docker, and the key of development tokens. They stay from start to start. */
export function makeSecrets(/** @type {string} */ dir) {
  execFileSync("sh", [join(TOP, "docker", "secrets.sh"), dir]);
  const file = join(dir, "dev-secret");
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600 });
}
