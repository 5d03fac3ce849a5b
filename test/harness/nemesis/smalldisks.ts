import { execFileSync } from "node:child_process";
import { mkdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { BROKERS } from "./plan.ts";

/** More than the brokers of a long run write; it takes memory only as far as it is used. */
const ROOM = "2g";

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

/** Nothing more goes onto the disk. Returns whether that is so. */
export function fill(own: string): boolean {
  const { blocks, bfree, bsize } = statfsSync(own);
  const used = (blocks - bfree) * bsize;
  mount(["-o", `remount,size=${used}`, own]);
  return statfsSync(own).bavail === 0;
}

/** There is room again. */
export const give = (own: string): void => mount(["-o", `remount,size=${ROOM}`, own]);

function mount(args: readonly string[]): void {
  execFileSync("mount", args, { stdio: "ignore" });
}
