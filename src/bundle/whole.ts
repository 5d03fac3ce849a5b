import { open, rename } from "node:fs/promises";

/** A bundle that cannot be used; the message is the one sentence for the operator. */
export class BundleError extends Error {
  override readonly name = "BundleError";
}

/** A file that is being written; it gets its name when it is whole. */
const PARTIAL = ".partial";

/** Is that the name of a file that was left unfinished? */
export const isPartial = (name: string): boolean => name.endsWith(PARTIAL);

/**
 * Writes a file, so that its name has either all of it or what it had before, whatever happens.
 * @throws BundleError when it cannot be written; what `chunks` throws.
 */
export async function writeWhole(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<string>,
): Promise<void> {
  const file = await written(path, () => open(`${path}${PARTIAL}`, "w", 0o600));
  try {
    for await (const chunk of chunks) await written(path, () => file.writeFile(chunk));
    await written(path, () => file.sync());
  } finally {
    await file.close();
  }
  await written(path, () => rename(`${path}${PARTIAL}`, path));
}

async function written<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw new BundleError(`${path} cannot be written: ${reasonOf(error)}`);
  }
}

/** The words for an operator; those of the system for whatever is rare. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") return "the disk is full";
  return error instanceof Error ? error.message : String(error);
}
