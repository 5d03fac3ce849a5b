import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Views that are not flushed survive the death of a process, but not that of the machine; and a
 * file that a power cut has torn must not even be opened, because LMDB trusts its pages. So a mark
 * beside the file says under which boot of the machine it is being written, or that it is whole.
 */
const WHOLE = "whole";
/** Linux names every boot. Elsewhere nobody can tell: every unclean end counts as a power cut. */
const BOOT_ID = "/proc/sys/kernel/random/boot_id";
const UNKNOWN = "unknown";

/** Was the file being written when the machine went down? */
export function isTorn(file: string): boolean {
  if (!existsSync(file)) return false;
  const mark = existsSync(markOf(file)) ? readFileSync(markOf(file), "utf8") : UNKNOWN;
  return mark === UNKNOWN || (mark !== WHOLE && mark !== boot());
}

/** Before the file is written to. */
export const claim = (file: string): void => write(file, boot());

/** After the last write: flushes the file, so that it is whole whatever comes. */
export function settle(file: string): void {
  flush(file);
  write(file, WHOLE);
}

const markOf = (file: string): string => join(dirname(file), "boot");
const boot = (): string => (existsSync(BOOT_ID) ? readFileSync(BOOT_ID, "utf8").trim() : UNKNOWN);

function write(file: string, text: string): void {
  writeFileSync(markOf(file), text, { flush: true });
  flush(dirname(file));
}

function flush(path: string): void {
  const descriptor = openSync(path, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}
