import type { Records, StreamLog } from "../../src/actors/ports.ts";
import type { Entry } from "../../src/events/entry.ts";
import type { Instant } from "../../src/events/instant.ts";
import { belongsTo, type Owner } from "../../src/events/owner.ts";
import { generationAt } from "../../src/events/position.ts";
import type { Checkpoint, Highest, Kept } from "../../src/events/record.ts";

export const at = (second: number): Instant => `${1_795_000_000 + second}`.padEnd(19, "0");

/** A stream and what is saved of it, in memory; its newest entries may be lost. With replicas its end is asked for by an entry. */
export class Stream implements StreamLog, Records {
  readonly epoch = "life";
  isOf(saved: { epoch: string }): boolean {
    return belongsTo(this.said.owner, saved);
  }
  readonly entries: { kind: Entry["kind"]; owner: string; raw: string; at: Instant }[] = [];
  saved: Checkpoint | undefined;
  top: Highest | undefined;
  readonly all: Kept[] = [];
  now = at(0);
  #ticks = 0;

  readonly k: number;
  readonly replicated: boolean;

  constructor(k: number, { replicated = false } = {}) {
    this.k = k;
    this.replicated = replicated;
    const began = {
      type: "StreamBegan",
      epoch: "life",
      earlier: [],
      marks: [],
      rules: 1,
      layout: 1,
    } as const;
    this.put("owner", `${k}`, began);
  }

  put(kind: Entry["kind"], owner: string, event: object): number {
    // No two entries have the same nanosecond.
    const stamp = `${BigInt(this.now) + BigInt(++this.#ticks)}`;
    return this.entries.push({ kind, owner, raw: JSON.stringify(event), at: stamp });
  }

  async end(): Promise<number> {
    if (this.replicated) this.put("owner", `${this.k}`, { ...this.said.owner, type: "EndAsked" });
    return this.entries.length;
  }
  /** Seqs of entries that are gone. */
  readonly erased = new Set<number>();
  async instantAt(seq: number): Promise<Instant | undefined> {
    return this.erased.has(seq) ? undefined : this.entries[seq - 1]?.at;
  }
  get said(): { seq: number; owner: Owner } {
    const seq = this.entries.findLastIndex(({ kind }) => kind === "owner") + 1;
    return { seq, owner: JSON.parse(this.entries[seq - 1]?.raw ?? "{}") as Owner };
  }
  async owner(): Promise<{ seq: number; owner: Owner }> {
    return this.said;
  }
  async say(owner: Owner, after: number): Promise<number | undefined> {
    if (this.said.seq !== after) return undefined;
    return this.put("owner", `${this.k}`, owner);
  }
  entry(seq: number): Entry | undefined {
    const found = this.entries[seq - 1];
    const generation = generationAt(this.said.owner.marks, seq);
    return found && { ...found, seq, at: 1, instant: found.at, generation };
  }

  async checkpoint(): Promise<Checkpoint | undefined> {
    return this.saved;
  }
  async saveCheckpoint(checkpoint: Checkpoint): Promise<void> {
    this.saved = checkpoint;
    this.all.push({ checkpoint, savedAt: this.now });
  }
  async highest(): Promise<Highest | undefined> {
    return this.top;
  }
  async saveHighest(highest: Highest): Promise<void> {
    this.top = highest;
  }
  async kept(): Promise<readonly Kept[]> {
    return this.all;
  }
}
