import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import type { Source } from "../events/source.ts";
import { comparedStream, hasVersions } from "./begin.ts";
import { kinOf } from "./kin.ts";
import type { HandedOut, OtherReplicas } from "./ports.ts";
import { viewsOf } from "./registry.ts";
import { settle } from "./store/boot.ts";
import { damageWithin } from "./store/inspection.ts";
import { dropViews, fileIn, ViewStore, type StoreOptions } from "./store/store.ts";

/** So few entries are folded sooner than a file is copied: 0.2 s. */
const REPLAY_ENTRIES = 20_000;

interface Adopting extends StoreOptions {
  readonly source: Source;
  readonly peers: OtherReplicas;
  /** Ends it before it is done. */
  readonly signal: AbortSignal;
}

/**
 * The views of a stream, with a peer's file in the place of their own where more is missing from that than it has. The file is
 * copied beside them, compared with what the peer says of it, and read through by a process that may die of it: it is put in their
 * place whole, or not at all.
 * @param own the views as they are, open; closed when others take their place.
 * @throws Error when the source does not answer, or the folder cannot be used.
 */
export async function adopted(own: ViewStore, options: Adopting): Promise<ViewStore> {
  const { source, dir, log } = options;
  const beside = `${dir}-adopting`;
  // A process that was killed has left it.
  rmSync(beside, { recursive: true, force: true });
  if (!(await isWorthIt(source, own))) return own;
  let isOpen = true;
  try {
    const bytes = await fetchInto(beside, options);
    if (bytes === undefined) return own;
    isOpen = false;
    await own.close({ last: false });
    dropViews(dir);
    renameSync(beside, dir);
    log.info({ bytes }, "views are those of a peer");
  } catch (error) {
    log.warn({ error }, "views of a peer could not be taken: they are built from the log");
    if (isOpen) return own;
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
  return ViewStore.open(options);
}

/** Is more missing from the views than they have? Of no use are those of another life of the stream, or of other versions. */
async function isWorthIt(source: Source, { table }: ViewStore): Promise<boolean> {
  const { last, isOther } = await comparedStream(source, table);
  const at = table.checkpoint();
  const isOf = at?.epoch === source.epoch && !isOther && hasVersions(at, viewsOf(source.name));
  const has = isOf ? at.seq : 0;
  return last - has > Math.max(has, REPLAY_ENTRIES);
}

/** @returns its bytes; undefined: no peer has one to hand out. @throws Error when the file is not what the peer says, or is damaged, or `signal` ends it. */
async function fetchInto(
  dir: string,
  { source, peers, signal }: Adopting,
): Promise<number | undefined> {
  const kin = kinOf(source.epoch, viewsOf(source.name));
  const handout = await peers.handout(source.name, kin, signal);
  if (handout === undefined) return undefined;
  mkdirSync(dir, { recursive: true });
  await write(fileIn(dir), handout);
  const damage = await damageWithin(fileIn(dir), signal);
  if (damage !== undefined) throw new Error(`the file of a peer is damaged: ${damage}`);
  settle(fileIn(dir));
  return handout.bytes;
}

/** @throws Error when the parts are not the file that was handed out. */
async function write(path: string, { bytes, sha256, parts }: HandedOut): Promise<void> {
  const hash = createHash("sha256");
  let size = 0;
  const file = await open(path, "wx");
  try {
    for await (const part of parts) {
      hash.update(part);
      size += part.length;
      if (size > bytes) break;
      await file.write(part);
    }
  } finally {
    await file.close();
  }
  if (size !== bytes || hash.digest("hex") !== sha256)
    throw new Error(`of ${bytes} bytes ${size} came, or they are others`);
}
