import { execFileSync } from "node:child_process";
import { mkdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { BROKERS } from "./plan.ts";

/** More than the brokers of a long run write; it takes memory only as far as it is used. */
const ROOM = "2g";
/** So much a broker writes between a look and what is done about it. */
const SPARE = 32 * 1_024;
const TRIES = 10;

/** A file system of its own for each broker of a cluster, so that its disk can be full. Returns false where that is not permitted. */
export function lay(dir: string): boolean {
  try {
    for (const name of BROKERS) {
      const own = join(dir, name);
      mkdirSync(own, { recursive: true, mode: 0o700 });
      mount(["-t", "tmpfs", "-o", `size=${ROOM},mode=700`, "posthorn-faults", own]);
    }
    return true;
  } catch {
    remove(dir);
    return false;
  }
}

/** Takes them away, with all that is on them. */
export function remove(dir: string): void {
  for (const name of BROKERS)
    try {
      execFileSync("umount", [join(dir, name)], { stdio: "ignore" });
    } catch {
      // There is none.
    }
}

/** Leaves the disk no room but a few pages, which the broker fills by itself. @throws Error when that cannot be done. */
export function fill(own: string): void {
  for (let tries = 1; ; tries++)
    try {
      const { blocks, bfree, bsize } = statfsSync(own);
      const used = (blocks - bfree) * bsize;
      return mount(["-o", `remount,size=${used + SPARE}`, own]);
    } catch (error) {
      // The broker has written meanwhile: no disk is made smaller than what is on it.
      if (tries === TRIES) throw error;
    }
}

/** Is there no room any more, but for less than a block of messages? */
export function isFull(own: string): boolean {
  const { bavail, bsize } = statfsSync(own);
  return bavail * bsize < SPARE;
}

/** There is room again. */
export const give = (own: string): void => mount(["-o", `remount,size=${ROOM}`, own]);

function mount(args: readonly string[]): void {
  execFileSync("mount", args, { stdio: "ignore" });
}
