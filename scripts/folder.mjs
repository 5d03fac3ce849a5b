import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { reason, StartError } from "./run.mjs";

/**
 * Makes a folder, if it is not there.
 * @param {string} path
 * @param {string} [setting] What names another one, for the message.
 * @returns {string} the same path
 * @throws {StartError} when nothing can be written there.
 */
export function writable(path, setting = "") {
  try {
    make(path);
    accessSync(path, constants.W_OK | constants.X_OK);
    return path;
  } catch (error) {
    throw new StartError(
      `${path} cannot be written${setting ? ` (${setting} names another folder)` : ""}: ${reason(error)}`,
    );
  }
}

/**
 * Node's own `recursive` tries for ever where a folder is there and takes none, as /proc: src/folder.ts says more.
 * @param {string} path
 */
function make(path) {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === "EEXIST" && statSync(path).isDirectory()) return;
    if (code !== "ENOENT" || existsSync(dirname(path))) throw error;
    make(dirname(path));
    make(path);
  }
}
