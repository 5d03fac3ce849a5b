import { EPOCH_KEY, FORMAT, FORMAT_KEY } from "../../src/nats/topology.ts";
import { EPOCH_MS } from "./time.ts";

/** An entry as a stream has it. */
export interface Stored {
  readonly seq: number;
  readonly subject: string;
  readonly data: string;
  /** ms of the simulation's clock. */
  readonly at: number;
  /** Its place in the order of everything that any stream has stored. */
  readonly order: number;
  /** Nanoseconds since 1970. */
  readonly ns: string;
  /** The same as the broker writes it. */
  readonly timestamp: string;
  /** Headers of its own, a line each: those of a group's fact. */
  readonly envelope?: string;
}

/** A copy of a stream on one server. */
export interface Replica {
  readonly server: number;
  /** It has an entry so long after the leader. */
  lagMs: number;
  /** It has come so far. */
  has: number;
  /** Until then it takes nothing. */
  stuckUntil: number;
}

export interface Wish {
  readonly subject: string;
  readonly data: string;
  readonly id?: string | undefined;
  /** Stored if the last entry of the subject lies there; 0: there is none. */
  readonly expected?: number | undefined;
  readonly envelope?: string;
}

export type Answer =
  | { readonly seq: number; readonly duplicate: boolean }
  | { readonly error: string };

const REPLICAS = 3;

/** A replicated stream: one order, a leader that stores, copies that lag. */
export class ReplicatedStream {
  readonly name: string;
  readonly entries: Stored[] = [];
  readonly replicas: readonly Replica[];
  /** The server that leads; undefined: none does. */
  leader: number | undefined;
  /** It was removed: no server has anything of it. */
  isGone = false;
  /** By it a stream says which life of it this is, and of which format it is. */
  metadata: Readonly<Record<string, string>> = {
    [FORMAT_KEY]: FORMAT,
    [EPOCH_KEY]: "e",
  };
  /** Of each subject only the last entry stays. */
  readonly #keepsLast: boolean;
  readonly #windowMs: number;
  readonly #bySubject = new Map<string, number[]>();
  readonly #ids = new Map<string, { seq: number; at: number }>();

  constructor(name: string, { first, windowMs }: { first: number; windowMs: number }) {
    this.name = name;
    this.#keepsLast = !name.startsWith("MAILBOX");
    this.#windowMs = windowMs;
    this.leader = first % REPLICAS;
    this.replicas = Array.from({ length: REPLICAS }, (_, server) => ({
      server,
      lagMs: server === this.leader ? 0 : 1 + server,
      has: 0,
      stuckUntil: 0,
    }));
  }

  get end(): number {
    return this.entries.length;
  }

  store({ subject, data, id, expected, envelope = "" }: Wish, at: number, order: number): Answer {
    const known = id === undefined ? undefined : this.#ids.get(id);
    if (known !== undefined && at - known.at < this.#windowMs)
      return { seq: known.seq, duplicate: true };
    const last = this.lastOf(subject, this.end)?.seq ?? 0;
    if (expected !== undefined && expected !== last)
      return { error: `wrong last sequence: ${last}` };
    const seq = this.end + 1;
    // No two entries have the same nanosecond.
    const ms = EPOCH_MS + Math.floor(at);
    const nanos = String(seq % 1_000_000).padStart(6, "0");
    const timestamp = `${new Date(ms).toISOString().slice(0, -1)}${nanos}Z`;
    const ns = `${ms}${nanos}`;
    this.entries.push({ seq, subject, data, at, order, ns, timestamp, envelope });
    this.#place(subject, seq);
    if (id !== undefined) this.#ids.set(id, { seq, at });
    return { seq, duplicate: false };
  }

  /**
   * The stores are put back: everything behind `end` is gone, and its seqs are given to others. The ids of what is gone are still
   * known where the servers have not read their stores anew.
   */
  rollBack(end: number, { keepsIds }: { keepsIds: boolean }): void {
    this.entries.length = Math.min(end, this.end);
    for (const seqs of this.#bySubject.values()) while ((seqs.at(-1) ?? 0) > end) seqs.pop();
    for (const each of this.replicas) {
      each.has = Math.min(each.has, end);
      each.stuckUntil = 0;
    }
    if (keepsIds) return;
    for (const [id, { seq }] of this.#ids) if (seq > end) this.#ids.delete(id);
  }

  /** It is there again, with these entries alone. The ids of what was stored before are known to nobody. */
  remake(metadata: Readonly<Record<string, string>>, entries: readonly Stored[] = []): void {
    this.metadata = metadata;
    this.isGone = false;
    this.entries.splice(0, this.end, ...entries);
    this.#ids.clear();
    this.#bySubject.clear();
    for (const { subject, seq } of entries) this.#place(subject, seq);
    for (const each of this.replicas) Object.assign(each, { has: entries.length, stuckUntil: 0 });
  }

  #place(subject: string, seq: number): void {
    const seqs = this.#bySubject.get(subject);
    if (seqs === undefined) this.#bySubject.set(subject, [seq]);
    else seqs.push(seq);
  }

  /** Up to which seq the replica has the stream now. */
  reach(replica: Replica, now: number): number {
    if (now < replica.stuckUntil) return replica.has;
    while (replica.has < this.end && this.entries[replica.has]!.at + replica.lagMs <= now)
      replica.has++;
    return replica.has;
  }

  /** The last entry of the subject up to a seq. */
  lastOf(subject: string, upTo: number): Stored | undefined {
    const seq = this.#bySubject.get(subject)?.findLast((each) => each <= upTo);
    return seq === undefined ? undefined : this.entries[seq - 1];
  }

  /** The entry at a seq, as a log has it that ends at `upTo`. */
  at(seq: number, upTo: number): Stored | undefined {
    const found = seq <= upTo ? this.entries[seq - 1] : undefined;
    return found !== undefined && this.#stays(found, upTo) ? found : undefined;
  }

  /** Entries of a subject, or of a pattern, from a seq on, at most so many; how many more there are. */
  next(pattern: string, from: number, upTo: number, most: number) {
    const matches = matcherOf(pattern);
    const seqs = this.#bySubject.get(pattern);
    const found: Stored[] = [];
    let left = 0;
    const take = (entry: Stored): void => {
      if (found.length < most) found.push(entry);
      else left++;
    };
    if (seqs !== undefined) {
      for (const seq of seqs) if (seq >= from && seq <= upTo) take(this.entries[seq - 1]!);
    } else
      for (let seq = Math.max(1, from); seq <= upTo; seq++) {
        const entry = this.entries[seq - 1]!;
        if (matches(entry.subject) && this.#stays(entry, upTo)) take(entry);
      }
    return { found, left };
  }

  #stays({ subject, seq }: Stored, upTo: number): boolean {
    return !this.#keepsLast || this.lastOf(subject, upTo)?.seq === seq;
  }
}

/** Patterns here are `>`, or end with one token of any text. */
function matcherOf(pattern: string): (subject: string) => boolean {
  if (pattern === ">") return () => true;
  if (!pattern.includes("*")) return (subject) => subject === pattern;
  const tokens = pattern.split(".");
  return (subject) => {
    const parts = subject.split(".");
    return (
      parts.length === tokens.length && tokens.every((each, i) => each === "*" || each === parts[i])
    );
  };
}
