import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../run.mjs";
import { WANTED } from "./version.mjs";

const RELEASE = `https://github.com/nats-io/nats-server/releases/download/v${WANTED}`;
const ARCHITECTURES = new Map([
  ["x64", "amd64"],
  ["arm64", "arm64"],
  ["arm", "arm7"],
  ["ia32", "386"],
]);

/**
 * A way to get a nats-server.
 * @typedef {object} Source
 * @property {string} name What it does, for the terminal.
 * @property {number} boundMs How long it may take.
 * @property {(dir: string, signal: AbortSignal) => Promise<string>} fetch Puts one below the
 *   folder and returns its path. Throws what is in the way: mostly, that it is not at hand.
 */

/** The official archive, unpacked only when its SHA-256 is the one the release lists. @type {Source} */
export const release = {
  name: `the official release ${WANTED}, with its checksum`,
  boundMs: 180_000,
  async fetch(dir, signal) {
    const folder = `nats-server-v${WANTED}-${process.platform}-${architecture()}`;
    const archive = `${folder}.tar.gz`;
    const sums = (await get(`${RELEASE}/SHA256SUMS`, signal)).toString();
    const bytes = await get(`${RELEASE}/${archive}`, signal);
    verify(archive, bytes, sums);
    writeFileSync(join(dir, archive), bytes);
    await run("tar", ["-xzf", join(dir, archive), "-C", dir], { signal });
    return join(dir, folder, "nats-server");
  },
};

/**
 * @param {string} name
 * @param {Uint8Array} bytes
 * @param {string} sums Lines of `<hex>  <name>`.
 * @throws {Error} when the list has another checksum for it, or none.
 */
export function verify(name, bytes, sums) {
  const lines = sums.split("\n").map((line) => line.trim().split(/\s+\*?/));
  const expected = lines.find(([, file]) => file === name)?.[0];
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (expected?.toLowerCase() !== actual)
    throw new Error(`${name} has SHA-256 ${actual}, the release lists ${expected ?? "none"}`);
}

function architecture() {
  const found = ARCHITECTURES.get(process.arch);
  if (found === undefined) throw new Error(`there is none for ${process.arch}`);
  return found;
}

/** @param {string} url @param {AbortSignal} signal */
async function get(url, signal) {
  const response = await fetch(url, { signal }).catch((/** @type {Error} */ error) => {
    const cause = /** @type {Error | undefined} */ (error.cause);
    throw new Error(`cannot be reached: ${cause?.message ?? error.message}`);
  });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
