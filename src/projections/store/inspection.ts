import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, lstatSync, openSync, readSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { WALK } from "../apart.ts";
import { markOf } from "./boot.ts";

/** LMDB's words at the head of a page, little endian. */
const PAGE_FLAGS_AT = 18;
const META_PAGE = 0x08;
const MAGIC_AT = 24;
const MAGIC = 0xbeefc0de;
const PAGE_BYTES_AT = 48;
const LAST_PAGE_AT = 144;
const TRANSACTION_AT = 152;
const HEAD_BYTES = 160;

/** A walk over the file reads it once; longer than this it goes in circles. */
const WALK_MS = 120_000;
const WALK_MS_PER_GIB = 120_000;
const SAID_MAX = 500;

/** Names in the folder of a stream's views: LMDB's two files, and the mark beside them. */
export const VIEW_FILES = ["data.mdb", "lock.mdb", "boot"] as const;

/** The name in the folder where something lies that is no file: a folder, or a link to nothing. */
const strangeIn = (dir: string): string | undefined =>
  VIEW_FILES.find((name) => {
    const path = join(dir, name);
    const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    return isThere && statSync(path, { throwIfNoEntry: false })?.isFile() !== true;
  });

/**
 * Looks at a file of views that is to be opened: LMDB trusts its pages, and a damaged one ends the
 * process that reads it with SIGBUS or SIGSEGV. A file that was closed in order and has not been
 * touched since costs the reading of two pages. One that was not closed in order has its rows
 * counted, and where there is doubt each is read, both in a process that may die of it.
 * @returns why the file must not be opened; undefined: it is sound, or not there.
 */
export async function damageOf(file: string): Promise<string | undefined> {
  const strange = strangeIn(dirname(file));
  return strange === undefined ? damageIn(file) : `${strange} is no file`;
}

async function damageIn(file: string): Promise<string | undefined> {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) return undefined;
  const mark = markOf(file);
  if (mark === "torn") return "the machine went down while views were written";
  const head = readHeads(file);
  if (head === undefined) return "it is no file of views";
  if (size < head.pageBytes) return `it is cut off at ${size} bytes`;
  if (mark === "whole" && size >= head.bytes) return undefined;
  return walk(file, size, mark === "used" && size >= head.bytes ? "pages" : "rows");
}

/** The newer of the two heads of the file: how long it says the file is. Undefined: there is none. */
function readHeads(file: string): { bytes: number; pageBytes: number } | undefined {
  const first = readHead(file, 0);
  const heads = [first, readHead(file, first?.pageBytes ?? 4_096)];
  return heads.reduce(
    (a, b) => (b !== undefined && b.transaction > (a?.transaction ?? -1n) ? b : a),
    undefined,
  );
}

interface Head {
  readonly transaction: bigint;
  readonly bytes: number;
  readonly pageBytes: number;
}

function readHead(file: string, at: number): Head | undefined {
  const page = Buffer.alloc(HEAD_BYTES);
  const descriptor = openSync(file, "r");
  try {
    if (readSync(descriptor, page, 0, HEAD_BYTES, at) < HEAD_BYTES) return undefined;
  } finally {
    closeSync(descriptor);
  }
  const isMeta = (page.readUInt16LE(PAGE_FLAGS_AT) & META_PAGE) !== 0;
  if (!isMeta || page.readUInt32LE(MAGIC_AT) !== MAGIC) return undefined;
  const pageBytes = page.readUInt32LE(PAGE_BYTES_AT);
  return {
    transaction: page.readBigUInt64LE(TRANSACTION_AT),
    bytes: (Number(page.readBigUInt64LE(LAST_PAGE_AT)) + 1) * pageBytes,
    pageBytes,
  };
}

/**
 * Reads every row of a file that comes from elsewhere.
 * @returns why it must not be opened; undefined: it is sound.
 * @throws Error when `signal` ends it.
 */
export async function damageWithin(file: string, signal: AbortSignal): Promise<string | undefined> {
  const { size } = statSync(file);
  const head = readHeads(file);
  if (head === undefined) return "it is no file of views";
  return size < head.bytes ? `it is cut off at ${size} bytes` : walk(file, size, "rows", signal);
}

/** Goes through the file, in a process of its own. */
async function walk(
  file: string,
  size: number,
  what: "pages" | "rows",
  signal?: AbortSignal,
): Promise<string | undefined> {
  const walker = spawn(process.execPath, [WALK, dirname(file), what], {
    stdio: ["ignore", "ignore", "pipe"],
    timeout: Math.ceil(WALK_MS + WALK_MS_PER_GIB * (size / 2 ** 30)),
    killSignal: "SIGKILL",
    ...(signal !== undefined && { signal }),
  });
  let said = "";
  walker.stderr.on("data", (chunk) => (said = `${said}${String(chunk)}`.slice(-SAID_MAX)));
  const [code, killed] = (await once(walker, "close")) as [number | null, string | null];
  if (code === 0) return undefined;
  const error = /^\w*Error: .*$/m.exec(said)?.[0];
  return `reading it ends with ${error ?? killed ?? `exit code ${code}`}`;
}
