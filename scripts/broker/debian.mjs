import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isExecutable, onPath, reason, run } from "../run.mjs";
import { archives, machineSources } from "./apt.mjs";
import { newEnough, versionOf } from "./version.mjs";

const SUITES = ["sid", "testing"];

/**
 * Debian's package of a newer suite, from the mirror this machine uses. It is downloaded with lists
 * and a cache of our own and unpacked, not installed: the system does not change, and nobody has to
 * be root. apt checks its signature.
 * @type {import("./release.mjs").Source}
 */
export const debian = {
  name: "Debian's package of a newer suite, unpacked and not installed",
  boundMs: 180_000,
  async fetch(dir, signal) {
    if (onPath("apt-get") === undefined) throw new Error("no apt-get on PATH");
    const found = archives(await machineSources(signal));
    if (found.length === 0) throw new Error("apt's configuration names no Debian archive");
    const failures = [];
    for (const archive of found)
      for (const suite of SUITES)
        try {
          return await unpacked(join(dir, String(failures.length)), archive, suite, signal);
        } catch (error) {
          failures.push(`${suite}: ${reason(error)}`);
        }
    throw new Error(failures.join("; "));
  },
};

/**
 * @param {string} dir
 * @param {import("./apt.mjs").Archive} archive
 * @param {string} suite
 * @param {AbortSignal} signal
 */
async function unpacked(dir, { uri, signedBy }, suite, signal) {
  for (const folder of ["lists/partial", "cache/archives/partial", "tree"])
    mkdirSync(join(dir, folder), { recursive: true });
  // Only the packages' index is wanted: a machine may be set to load many more.
  const source = [`Types: deb`, `URIs: ${uri}`, `Suites: ${suite}`, "Components: main"];
  // A key that is written out begins on a line of its own.
  if (signedBy?.includes("\n")) source.push("Signed-By:", ` ${signedBy}`);
  else if (signedBy !== undefined) source.push(`Signed-By: ${signedBy}`);
  writeFileSync(join(dir, "only.sources"), [...source, "Targets: Packages", ""].join("\n"));
  writeFileSync(join(dir, "apt.conf"), privateConf(dir));
  const apt = (/** @type {string[]} */ ...args) =>
    run("apt-get", ["-c", join(dir, "apt.conf"), ...args], { signal, cwd: dir });
  await apt("update", "--error-on=any");
  await apt("download", "nats-server");
  const deb = readdirSync(dir).find((file) => file.endsWith(".deb"));
  if (deb === undefined) throw new Error("apt-get downloaded nothing");
  await run("dpkg-deb", ["-x", join(dir, deb), join(dir, "tree")], { signal });
  const places = ["sbin", "bin"].map((folder) => join(dir, "tree", "usr", folder, "nats-server"));
  const path = places.find(isExecutable);
  if (path === undefined) throw new Error(`${deb} holds no nats-server`);
  const version = await versionOf(path);
  if (!newEnough(version)) throw new Error(`it has ${version}`);
  return path;
}

/** Everything apt writes goes below `dir`, and no hook of the machine runs. @param {string} dir */
const privateConf = (dir) => `
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::Etc::sourcelist ${JSON.stringify(join(dir, "only.sources"))};
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "-";
Dir::State::lists ${JSON.stringify(join(dir, "lists"))};
Dir::Cache ${JSON.stringify(join(dir, "cache"))};
APT::Sandbox::User ${JSON.stringify(process.getuid?.() === 0 ? "root" : "")};
Acquire::Languages "none";
Acquire::Retries "1";
`;
