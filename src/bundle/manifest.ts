import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { BundleError, reasonOf, writeWhole } from "./whole.ts";

/**
 * The manifest of a bundle: a folder with a backup of the streams, one file for each. It is written before the
 * first stream and behind each, so it names exactly what is whole (docs/adr/0030).
 */

/** The number of the form of a bundle; raised when an older version could not put it back. */
export const BUNDLE_FORMAT = 1;
const MANIFEST = "manifest.json";

const Count = z.int().min(0);

/** A stream in a bundle. */
export const Piece = z.object({
  /** Name of the stream, and of its file. */
  name: z.string().regex(/^[A-Z]+(_[A-Z0-9]+)?$/),
  /** As the broker has it, for the stream to be made of. */
  config: z.looseObject({
    name: z.string(),
    num_replicas: z.int().min(1),
    metadata: z.record(z.string(), z.string()).exactOptional(),
  }),
  /** At the moment of the snapshot. */
  state: z.looseObject({ messages: Count, bytes: Count, first_seq: Count, last_seq: Count }),
  /** Of the file. */
  bytes: Count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Entries that were found in the file; absent: it is of the form of an older broker, which is not read here. */
  counted: Count.exactOptional(),
  takenAt: z.iso.datetime(),
});
export type Piece = z.infer<typeof Piece>;

export const Manifest = z.object({
  format: z.literal(BUNDLE_FORMAT),
  /** Version of the Posthorn that wrote it, and of the broker that it is from. */
  posthorn: z.string(),
  broker: z.string(),
  /** The first epoch of `MAILBOX_0`: what was put back from a backup has the same. */
  cluster: z.string().min(1),
  /** The epoch of `MAILBOX_0` when it began. */
  epoch: z.string().min(1),
  begunAt: z.iso.datetime(),
  /** Absent while streams are missing. */
  completeAt: z.iso.datetime().exactOptional(),
  pieces: z.array(Piece),
});
export type Manifest = z.infer<typeof Manifest>;

/**
 * Reads the manifest of a bundle; undefined: there is none.
 * @throws BundleError when it is none, or of a newer format.
 */
export async function readManifest(dir: string): Promise<Manifest | undefined> {
  let text: string;
  try {
    text = await readFile(join(dir, MANIFEST), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new BundleError(`${join(dir, MANIFEST)} cannot be read: ${reasonOf(error)}`);
  }
  const given = fromJson(text);
  const format = Format.safeParse(given);
  if (format.success && format.data.format > BUNDLE_FORMAT)
    throw new BundleError(
      `the bundle in ${dir} is of format ${format.data.format}, this version reads format ${BUNDLE_FORMAT}: use the Posthorn that wrote it, or a newer one`,
    );
  const { success, data, error } = Manifest.safeParse(given);
  if (success) return data;
  const [{ path, message } = { path: [], message: "" }] = error.issues;
  throw new BundleError(
    `${join(dir, MANIFEST)} is no manifest of a bundle: ${[...path, message].join(": ")}`,
  );
}

const Format = z.object({ format: z.int() });

/** Writes the manifest, so that the folder has either the one before or this one. @throws BundleError */
export const writeManifest = (dir: string, manifest: Manifest): Promise<void> =>
  writeWhole(join(dir, MANIFEST), [`${JSON.stringify(manifest, null, 2)}\n`]);

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
