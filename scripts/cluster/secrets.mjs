import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TOP } from "../run.mjs";

/** Passwords of the brokers' users, by the script that makes those of Docker, each in a file, and the key of development tokens. They stay from start to start. */
export function makeSecrets(/** @type {string} */ dir) {
  execFileSync("sh", [join(TOP, "docker", "secrets.sh"), dir]);
  const conf = readFileSync(join(dir, "passwords.conf"), "utf8");
  for (const [, user = "", password = ""] of conf.matchAll(/^(\w+)_PASSWORD: "(.+)"$/gm))
    keep(join(dir, `${user.toLowerCase()}-password`), password);
  keep(join(dir, "dev-secret"), randomBytes(32).toString("hex"));
}

/** @param {string} file @param {string} text */
function keep(file, text) {
  if (!existsSync(file)) writeFileSync(file, text, { mode: 0o600 });
}
