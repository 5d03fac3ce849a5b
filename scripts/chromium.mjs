import { onPath, reason, run, StartError } from "./run.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const INSTALL_MS = 300_000;

/**
 * Path of a Chromium for the browser specs: the one CHROMIUM names or one on PATH; where we are root
 * and have apt, Debian's package is installed.
 * @param {(line: string) => void} [say]
 * @returns {Promise<string>}
 * @throws {StartError} with what to do.
 */
export async function chromium(say = () => {}) {
  const path = process.env["CHROMIUM"] || installed();
  if (path) return path;
  if (process.getuid?.() !== 0 || onPath("apt-get") === undefined)
    throw new StartError("no Chromium on PATH: install one, or name it (CHROMIUM=/path/to/it)");
  say("installing Debian's chromium …");
  const apt = (/** @type {string[]} */ ...args) =>
    run("apt-get", args, {
      signal: AbortSignal.timeout(INSTALL_MS),
      env: { DEBIAN_FRONTEND: "noninteractive" },
    });
  try {
    await apt("update");
    await apt("install", "-y", "--no-install-recommends", "chromium");
  } catch (error) {
    throw new StartError(`Chromium cannot be installed: ${reason(error)}`);
  }
  const now = installed();
  if (now === undefined) throw new StartError("apt-get has installed no chromium on PATH");
  return now;
}

const installed = () => NAMES.map(onPath).find((path) => path !== undefined);
