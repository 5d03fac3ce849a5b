import { execFileSync } from "node:child_process";

/** Path of a nats-server that is new enough. @returns {Promise<string>} */
export async function binary() {
  const path =
    process.env["NATS_SERVER"] ?? `${import.meta.dirname}/../../.posthorn/bin/nats-server`;
  execFileSync(path, ["--version"]);
  return path;
}
