import { randomUUID } from "node:crypto";
import { readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import { z } from "zod";
import { StartError } from "../start-error.ts";
import type { Part } from "./scope.ts";

/** The holder touches its lock each second. */
const BEAT_MS = 1_000;
/** A lock that nobody has touched for so long has no holder: one that is merely busy has missed four beats by then. */
const DEAD_MS = 5_000;
const LOOK_MS = 100;
/** Locks that may come and go while one is waited for: a crowd of starts in one folder ends in a sentence. */
const ATTEMPTS_MAX = 5;

/** The holder as the lock names it. A pid alone is not enough: in containers that share a volume every program is process 1. */
const Holder = z.object({ id: z.string(), pid: z.int().positive(), host: z.string() });
type Holder = z.infer<typeof Holder>;

/**
 * Keeps a second server off a data folder, also one in another container, or on another machine with the same disk. The lock of a process that was killed does not
 * count: it is gone from this host, or its lock is not touched any more. No clock is compared with another. That of
 * `npm start` (scripts/lock.mjs) is held before there is a server, for the broker that it keeps in the folder.
 */
export class DataLock implements Part {
  readonly #file: string;
  readonly #own: Holder = { id: randomUUID(), pid: process.pid, host: hostname() };
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;

  /** `dir`: the folder, which exists. */
  constructor(dir: string, log: Logger) {
    this.#file = join(dir, "server.lock");
    this.#log = log;
  }

  /** @throws StartError when a living process holds the lock. */
  async start(): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if ((await this.#take()) && (await this.#keeps())) return this.#plan();
      const found = await textOf(this.#file);
      if (found !== undefined && (await this.#lives(found))) throw inUse(this.#file, found);
      if (found !== undefined) await this.#remove(found);
    }
    throw new StartError(`DATA_DIR is in use: others start on ${this.#file} at the same moment`);
  }

  async stop(): Promise<void> {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (await this.#isOwn()) await rm(this.#file, { force: true });
  }

  /** Did this process get the lock? */
  #take(): Promise<boolean> {
    const text = JSON.stringify(this.#own);
    return succeeds(writeFile(this.#file, `${text}\n`, { flag: "wx", mode: 0o600 }));
  }

  /** Is the lock still this process's a moment later? A start that takes a dead lock away may have moved it, and puts it back. */
  async #keeps(): Promise<boolean> {
    await pause(LOOK_MS);
    return this.#isOwn();
  }

  /** Is the holder gone from this host, or silent? A holder that cannot be read is writing its name, or was killed while it did. */
  async #lives(found: string): Promise<boolean> {
    const holder = holderIn(found);
    const isNear = holder?.host === this.#own.host && holder.pid !== this.#own.pid;
    if (holder !== undefined && isNear && !exists(holder.pid)) return false;
    const before = await touchedAt(this.#file);
    for (let waited = 0; waited < DEAD_MS; waited += LOOK_MS) {
      await pause(LOOK_MS);
      const now = await touchedAt(this.#file);
      if (now === undefined) return false;
      if (now !== before) return true;
    }
    return false;
  }

  /** Takes a dead holder's lock away, and puts it back if another process was quicker. */
  async #remove(dead: string): Promise<void> {
    const moved = `${this.#file}.${this.#own.id}`;
    if (!(await succeeds(rename(this.#file, moved)))) return;
    if ((await textOf(moved)) === dead) await rm(moved, { force: true });
    else await rename(moved, this.#file);
  }

  #plan(): void {
    this.#timer = setTimeout(() => void this.#beat(), BEAT_MS).unref();
  }

  async #beat(): Promise<void> {
    try {
      const now = new Date();
      if (await this.#isOwn()) await utimes(this.#file, now, now);
      else this.#log.error({ file: this.#file }, "another server has taken the data folder");
    } catch (error) {
      this.#log.warn({ error }, "lock of the data folder not touched");
    }
    if (this.#timer !== undefined) this.#plan();
  }

  async #isOwn(): Promise<boolean> {
    return holderIn((await textOf(this.#file)) ?? "")?.id === this.#own.id;
  }
}

function inUse(file: string, found: string): StartError {
  const holder = holderIn(found);
  const who = holder === undefined ? "a process" : `process ${holder.pid} on ${holder.host}`;
  return new StartError(`DATA_DIR is in use: ${file} is held by ${who}, which runs`);
}

function holderIn(text: string): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(text));
  } catch {
    // A name that is half written, or was never ours.
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

const textOf = (file: string): Promise<string | undefined> => unlessAbsent(readFile(file, "utf8"));

const touchedAt = async (file: string): Promise<string | undefined> => {
  const now = await unlessAbsent(stat(file, { bigint: true }));
  return now && `${now.ino}/${now.mtimeNs}`;
};

/** False when the file is there already, or is not there. */
async function succeeds(change: Promise<unknown>): Promise<boolean> {
  try {
    await change;
    return true;
  } catch (error) {
    if (!["EEXIST", "ENOENT"].includes(codeOf(error))) throw error;
    return false;
  }
}

async function unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    return undefined;
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "";
