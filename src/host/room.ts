import { accessSync, constants, existsSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Room on the disk below which something will stop within hours: a burst of messages, a view that is rebuilt. */
const BYTES_MIN = 256 * 1024 * 1024;
/** Room below which somebody should look, and the share of the disk. */
const BYTES_LOW = 2 * 1024 * 1024 * 1024;
const SHARE_LOW = 0.05;

/** The space on a disk, in bytes. */
export interface Space {
  readonly free: number;
  readonly total: number;
}

/** How much room there is: `none` where something will stop soon, `low` where somebody should look. */
export function judgeRoom({ free, total }: Space): "none" | "low" | "enough" {
  if (free < BYTES_MIN) return "none";
  return free < BYTES_LOW || free < total * SHARE_LOW ? "low" : "enough";
}

/** The room of the disk on which a folder lies, or would be made. @throws Error when nothing can be written there. */
export async function roomAt(dir: string): Promise<Space> {
  let path = resolve(dir);
  while (!existsSync(path)) path = dirname(path);
  if (!statSync(path).isDirectory()) throw new Error(`${path} is no folder`);
  accessSync(path, constants.W_OK | constants.X_OK);
  const { bavail, blocks, bsize } = await statfs(path);
  return { free: bavail * bsize, total: blocks * bsize };
}
