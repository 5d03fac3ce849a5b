import { createHash } from "node:crypto";
import { open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../folder.ts";
import { Counter } from "./contents.ts";
import { Frames } from "./frames.ts";
import type { Piece } from "./manifest.ts";
import { BundleError, isPartial, reasonOf, writeWhole } from "./whole.ts";

/** The files of a bundle: one per stream, the snapshot as the broker gave it. */

/** Bytes that are read at once. */
const READ_BYTES = 128 * 1024;

const fileOf = (name: string): string => `${name}.snapshot`;

/** The size of a file and its digest. */
export type Written = Pick<Piece, "bytes" | "sha256">;

/** Makes the folder, if it is not there. @returns the names of what is in it. @throws BundleError */
export async function openFolder(dir: string): Promise<string[]> {
  try {
    makeFolder(dir, 0o700);
    return await readdir(dir);
  } catch (error) {
    throw new BundleError(`${dir} cannot be used: ${reasonOf(error)}`);
  }
}

/** Removes what an earlier try has left unfinished. */
export async function clearPartials(dir: string): Promise<void> {
  for (const name of await readdir(dir))
    if (isPartial(name)) await rm(join(dir, name), { force: true });
}

/**
 * Writes a stream's file.
 * @param told is called with the bytes written so far.
 * @throws BundleError when it cannot be written; what `chunks` throws.
 */
export async function writePiece(
  dir: string,
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  told: (bytes: number) => void,
): Promise<Written> {
  const hash = createHash("sha256");
  let bytes = 0;
  async function* weighed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      yield chunk;
      hash.update(chunk);
      told((bytes += chunk.length));
    }
  }
  await writeWhole(join(dir, fileOf(name)), weighed());
  return { bytes, sha256: hash.digest("hex") };
}

/** The bytes of a stream's file, in parts. @throws BundleError when it cannot be read. */
export async function* readPiece(dir: string, name: string): AsyncGenerator<Buffer> {
  const path = join(dir, fileOf(name));
  const file = await open(path).catch((error: unknown) => {
    throw new BundleError(`${path} cannot be read: ${reasonOf(error)}`);
  });
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** @throws BundleError when the file is not the one that was written. */
export async function assertWhole(dir: string, { name, bytes, sha256 }: Piece): Promise<void> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const part of readPiece(dir, name)) {
    hash.update(part);
    size += part.length;
  }
  const path = join(dir, fileOf(name));
  if (size < bytes)
    throw new BundleError(`${path} was cut short: ${size} of ${bytes} bytes are there`);
  if (size > bytes || hash.digest("hex") !== sha256)
    throw new BundleError(`${path} is not what was written: its digest differs`);
}

/** How many entries a stream's file has; undefined: it is of the form of an older broker. @throws BundleError when it is damaged. */
export async function countIn(dir: string, name: string): Promise<number | undefined> {
  const frames = new Frames();
  const counter = new Counter();
  try {
    for await (const part of readPiece(dir, name))
      for (const plain of frames.push(part)) counter.push(plain);
    frames.end();
    return counter.end();
  } catch (error) {
    if (error instanceof BundleError) throw error;
    throw new BundleError(`${join(dir, fileOf(name))} is damaged: ${reasonOf(error)}`);
  }
}
