import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Host } from "../events/owner.ts";
import { StartError } from "../start-error.ts";

const random = (): string => randomBytes(9).toString("base64url");

/**
 * This host, in this start of it. Its name lies in the data folder that is this process's alone: an owner of the same name and
 * another start is known to be gone, and nobody waits for it (docs/adr/0036). Without a folder the name, too, is of this start.
 * @throws StartError when the folder cannot be written.
 */
export function hostIn(dir: string | undefined): Host {
  const incarnation = random();
  if (dir === undefined) return { host: random(), incarnation };
  try {
    return { host: nameIn(join(dir, "host")), incarnation };
  } catch (error) {
    throw new StartError(
      `DATA_DIR cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** The name that is kept; what is no name is replaced. */
function nameIn(path: string): string {
  const kept = Host.shape.host.safeParse(textOf(path)?.trim());
  if (kept.success) return kept.data;
  const host = random();
  writeFileSync(path, `${host}\n`, { mode: 0o600 });
  return host;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
