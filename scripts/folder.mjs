import { accessSync, constants, mkdirSync } from "node:fs";
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
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.W_OK | constants.X_OK);
    return path;
  } catch (error) {
    throw new StartError(
      `${path} cannot be written${setting ? ` (${setting} names another folder)` : ""}: ${reason(error)}`,
    );
  }
}
