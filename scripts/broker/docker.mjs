import { join } from "node:path";
import { onPath, run } from "../run.mjs";
import { WANTED } from "./version.mjs";

/** The binary copied out of the official image; no container is ever started. @type {import("./release.mjs").Source} */
export const docker = {
  name: `Docker: copy it out of the image nats:${WANTED}`,
  boundMs: 180_000,
  async fetch(dir, signal) {
    if (onPath("docker") === undefined) throw new Error("no docker on PATH");
    if (process.platform !== "linux") throw new Error("the image holds a program for Linux");
    await run("docker", ["info"], { signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) });
    const created = await run("docker", ["create", `nats:${WANTED}`], { signal });
    const container = /** @type {string} */ (created.trim().split("\n").at(-1));
    const target = join(dir, "nats-server");
    try {
      await run("docker", ["cp", `${container}:/nats-server`, target], { signal });
    } finally {
      await run("docker", ["rm", container]);
    }
    return target;
  },
};
