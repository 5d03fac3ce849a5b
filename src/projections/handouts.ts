import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, rmSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { PART_BYTES, type HandoutState } from "../protocol/internal/handout.ts";
import { fileIn, type ViewStore } from "./store/store.ts";

/** Handouts at a time: each reads a file once, and takes as much room on the disk. */
const HANDOUTS_MAX = 4;
/** One that nobody asks for is removed. */
const IDLE_MS = 30_000;

/** A copy of a file that is made, or was. */
interface Handout {
  readonly dir: string;
  state: HandoutState;
  idle: NodeJS.Timeout;
}

/** Copies of files of views that are made for peers, whole and of one moment, and handed out in parts. */
export class Handouts {
  readonly #dir: string;
  readonly #log: Logger;
  readonly #handouts = new Map<string, Handout>();

  /** @param dir a folder for nothing else: whatever an earlier process has left there goes. */
  constructor(dir: string, log: Logger) {
    this.#dir = dir;
    this.#log = log;
    rmSync(dir, { recursive: true, force: true });
  }

  /** Begins to copy a file while it is written to. False: it would be one too many. */
  begin(id: string, store: ViewStore): boolean {
    if (this.#handouts.has(id)) return true;
    if (this.#handouts.size >= HANDOUTS_MAX) return false;
    const dir = join(this.#dir, id);
    const handout: Handout = { dir, state: { is: "making" }, idle: this.#expiry(id) };
    this.#handouts.set(id, handout);
    this.#make(handout, store).catch((error: unknown) => {
      this.#log.warn({ error }, "views could not be copied for a peer");
      this.#drop(id);
    });
    return true;
  }

  /** How far a handout is. */
  state(id: string): HandoutState {
    return this.#asked(id)?.state ?? { is: "gone" };
  }

  /** The part that begins at `from`; nothing: it is not there. */
  async part(id: string, from: number): Promise<Uint8Array> {
    const handout = this.#asked(id);
    if (handout?.state.is !== "whole") return new Uint8Array();
    const file = await open(fileIn(handout.dir));
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(PART_BYTES), 0, PART_BYTES, from);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  /** Removes all of them. */
  stop(): void {
    for (const id of this.#handouts.keys()) this.#drop(id);
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #make(handout: Handout, store: ViewStore): Promise<void> {
    mkdirSync(handout.dir, { recursive: true });
    await store.copyTo(handout.dir);
    const hash = createHash("sha256");
    for await (const bytes of createReadStream(fileIn(handout.dir))) hash.update(bytes as Buffer);
    const { size: bytes } = await stat(fileIn(handout.dir));
    handout.state = { is: "whole", bytes, sha256: hash.digest("hex") };
  }

  /** A handout that somebody waits for. */
  #asked(id: string): Handout | undefined {
    const handout = this.#handouts.get(id);
    if (handout === undefined) return undefined;
    clearTimeout(handout.idle);
    handout.idle = this.#expiry(id);
    return handout;
  }

  #expiry(id: string): NodeJS.Timeout {
    return setTimeout(() => this.#drop(id), IDLE_MS).unref();
  }

  #drop(id: string): void {
    const handout = this.#handouts.get(id);
    if (handout === undefined) return;
    clearTimeout(handout.idle);
    this.#handouts.delete(id);
    rmSync(handout.dir, { recursive: true, force: true });
  }
}
