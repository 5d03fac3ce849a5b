import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/**
 * Views that are not flushed survive the death of a process, but not that of the machine. So a mark
 * beside the file says under which boot of the machine it is being written, or that it is whole, and
 * how it looked then.
 */
const WHOLE = "whole";
/** Linux names every boot. Elsewhere nobody can tell: every unclean end counts as a power cut. */
const BOOT_ID = "/proc/sys/kernel/random/boot_id";
const UNKNOWN = "unknown";

/** The mark behind the name of the boot: the file was opened again after it had not been closed in order. */
const AGAIN = " again";

/**
 * The state of a file of views by its mark: `torn`, it was being written when the machine went down;
 * `whole`, it was closed in order and is as it was then; `used`, it was not closed in order;
 * `doubtful`, not twice in a row, or it has changed since.
 */
export function markOf(file: string): "torn" | "whole" | "used" | "doubtful" {
  const path = pathOf(file);
  const mark = existsSync(path) ? readFileSync(path, "utf8") : UNKNOWN;
  if (mark.startsWith(WHOLE)) return mark === whole(file) ? "whole" : "doubtful";
  if (mark === UNKNOWN || mark === `${UNKNOWN}${AGAIN}`) return "torn";
  if (mark === boot()) return "used";
  return mark === `${boot()}${AGAIN}` ? "doubtful" : "torn";
}

/** Marks the file before it is written to; `again`: it was not closed in order. */
export const claim = (file: string, again: boolean): void =>
  write(file, again ? `${boot()}${AGAIN}` : boot());

/** Flushes the file after the last write, so that it is whole whatever comes. */
export function settle(file: string): void {
  flush(file);
  write(file, whole(file));
}

function whole(file: string): string {
  const { size, mtimeNs } = statSync(file, { bigint: true });
  return `${WHOLE} ${size} ${mtimeNs}`;
}

const pathOf = (file: string): string => join(dirname(file), "boot");
const boot = (): string => (existsSync(BOOT_ID) ? readFileSync(BOOT_ID, "utf8").trim() : UNKNOWN);

function write(file: string, text: string): void {
  writeFileSync(pathOf(file), text, { flush: true });
  flush(dirname(file));
}

function flush(path: string): void {
  const descriptor = openSync(path, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}
