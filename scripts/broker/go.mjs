import { join } from "node:path";
import { onPath, run } from "../run.mjs";
import { WANTED } from "./version.mjs";

/** Built from source at a pinned version; Go checks it against its checksum database. @type {import("./release.mjs").Source} */
export const goInstall = {
  name: `go install nats-server@v${WANTED}`,
  boundMs: 300_000,
  async fetch(dir, signal) {
    if (onPath("go") === undefined) throw new Error("no go on PATH");
    const module = `github.com/nats-io/nats-server/v2@v${WANTED}`;
    await run("go", ["install", "-trimpath", module], { signal, cwd: dir, env: { GOBIN: dir } });
    return join(dir, "nats-server");
  },
};
