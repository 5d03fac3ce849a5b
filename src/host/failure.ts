import { StartError } from "../start-error.ts";
import { traced } from "../trace.ts";

/**
 * The words for why the views' thread has failed: one sentence where the file system refuses something, which is the operator's to mend, and
 * the stack of a bug.
 */
export function failureOf(error: unknown): string {
  if (error instanceof StartError) return error.message;
  return isOfFiles(error)
    ? `the views in DATA_DIR cannot be kept: ${error.message}`
    : traced(error);
}

/** Node's errors of files have no address, as those of the network have. */
const isOfFiles = (error: unknown): error is Error =>
  error instanceof Error && "syscall" in error && !("address" in error) && !("hostname" in error);
