import { randomUUID } from "node:crypto";
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import * as z from "zod";
import { Outage } from "../outage.ts";
import { StartError } from "../start-error.ts";
import { placeOfPids, sightOf } from "./kernel.ts";
import type { Part } from "./scope.ts";

/** The holder touches its lock each second. */
const BEAT_MS = 1_000;
/**
 * A lock that nobody has touched for so long has no holder, where the holder itself cannot be looked at: one that is merely busy has
 * missed four beats by then.
 */
const DEAD_MS = 5_000;
const LOOK_MS = 100;
/** Locks that may come and go while one is waited for: a crowd of starts in one folder ends in a sentence. */
const ATTEMPTS_MAX = 5;

/** The holder as the lock names it. `place` and `began`: where and how one kernel knows its process (host/kernel.ts). */
const Holder = z.object({
  id: z.string(),
  pid: z.int().positive(),
  host: z.string(),
  place: z.string().optional(),
  began: z.string().optional(),
});
type Holder = z.infer<typeof Holder>;

/**
 * Keeps a second server off a data folder, also one in another container, or on another machine with the same disk (docs/adr/0040). A holder
 * of the same kernel is looked at itself: its lock counts for as long as its process is there, paused or not, and no longer. That of another
 * one, and of one that cannot be looked at, counts while it is touched; no clock is compared with another. The lock of `npm start` (scripts/lock.mjs) is held before there is
 * a server, for the broker that it keeps in the folder.
 */
export class DataLock implements Part {
  readonly #file: string;
  readonly #log: Logger;
  readonly #sight: typeof sightOf;
  #own: Holder = { id: randomUUID(), pid: process.pid, host: hostname() };
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;
  readonly #untouched = new Outage();
  #lose: (error: StartError) => void = () => undefined;
  /** Rejects when another server has taken the folder: this one must write nothing more. */
  readonly lost = new Promise<never>((_, reject) => (this.#lose = reject));

  /** `dir`: the folder, which exists. `sight`: how a process is looked at; for specs. */
  constructor(dir: string, log: Logger, sight = sightOf) {
    this.#file = join(dir, "server.lock");
    this.#log = log;
    this.#sight = sight;
    // Nobody has to listen.
    this.lost.catch(() => undefined);
  }

  /** @throws StartError when a living process holds the lock, or the folder takes none: a full disk. */
  async start(): Promise<void> {
    try {
      await this.#hold();
    } catch (error) {
      if (codeOf(error) === "") throw error;
      throw new StartError(`DATA_DIR cannot be written: ${(error as Error).message}`);
    }
  }

  async #hold(): Promise<void> {
    const [place, self] = await Promise.all([placeOfPids(), this.#sight(process.pid)]);
    this.#own = { ...this.#own, place, ...(self.is === "there" && { began: self.began }) };
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if ((await this.#take()) && (await this.#keeps())) return this.#begin();
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
    // A beat may be taking the lock anew.
    await this.#beating;
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

  /** Is the holder there? One that cannot be read is writing its name, or was killed while it did. */
  async #lives(found: string): Promise<boolean> {
    const { place, pid = 0, began } = holderIn(found) ?? {};
    if (place === undefined || place !== this.#own.place || began === undefined)
      return this.#isTouched();
    const seen = await this.#sight(pid);
    if (seen.is === "hidden") return this.#isTouched();
    return seen.is === "there" && seen.began === began;
  }

  async #isTouched(): Promise<boolean> {
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
    else await succeeds(rename(moved, this.#file));
  }

  async #begin(): Promise<void> {
    this.#plan();
    await this.#sweep();
  }

  /** Removes what starts have left that were killed while they took a dead lock away. */
  async #sweep(): Promise<void> {
    const dir = dirname(this.#file);
    for (const name of await readdir(dir))
      if (name.startsWith(`${basename(this.#file)}.`)) await rm(join(dir, name), { force: true });
  }

  #plan(): void {
    this.#timer = setTimeout(() => void (this.#beating = this.#beat()), BEAT_MS).unref();
  }

  async #beat(): Promise<void> {
    try {
      if (!(await this.#holds())) return this.#lose(taken(this.#file, await textOf(this.#file)));
      const now = new Date();
      await utimes(this.#file, now, now);
      if (this.#untouched.over()) this.#log.info("lock of the data folder is touched again");
    } catch (error) {
      const more = this.#untouched.failed();
      if (more) this.#log.warn({ error, ...more }, "lock of the data folder not touched");
    }
    if (this.#timer !== undefined) this.#plan();
  }

  /** Is the lock this process's? One that is gone is taken again: a start has moved it for a moment, or somebody has tidied. */
  async #holds(): Promise<boolean> {
    if (await this.#isOwn()) return true;
    // Behind a stop it is gone by right.
    return this.#timer === undefined || this.#take();
  }

  async #isOwn(): Promise<boolean> {
    return holderIn((await textOf(this.#file)) ?? "")?.id === this.#own.id;
  }
}

function inUse(file: string, found: string): StartError {
  return new StartError(`DATA_DIR is in use: ${file} is held by ${nameOf(found)}, which runs`);
}

const taken = (file: string, found = ""): StartError =>
  new StartError(
    `DATA_DIR was taken: ${file} is held by ${nameOf(found)} now, so this server ends`,
  );

function nameOf(found: string): string {
  const holder = holderIn(found);
  return holder === undefined ? "a process" : `process ${holder.pid} on ${holder.host}`;
}

function holderIn(text: string): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(text));
  } catch {
    // A name that is half written, or was never ours.
    return undefined;
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
