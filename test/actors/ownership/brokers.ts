import type { Entry } from "../../../src/events/entry.ts";
import type { Owner } from "../../../src/events/owner.ts";
import type { Random } from "../../support/random.ts";

export interface Wish {
  readonly kind: Entry["kind"];
  readonly owner: string;
  readonly event: object;
  /** The broker drops what it has stored under the same id within its window. */
  readonly id?: string;
  /** Of an entry of the stream about itself: stored if the last one lies here. */
  readonly after?: number;
}

/** A mailbox stream of three replicas that lag, and what its actors save outside of it. */
export class Mailboxes {
  readonly entries: Entry[] = [];
  readonly replicas = [0, 1, 2].map(() => ({ has: 0, stuckUntil: 0 }));
  checkpoint = 0;
  readonly snapshots = new Map<string, string>();
  readonly #ids = new Map<string, { seq: number; at: number }>();
  readonly #window: number;
  readonly #compares: boolean;

  constructor(k: number, window: number, compares: boolean) {
    this.#window = window;
    this.#compares = compares;
    const event = { type: "StreamBegan", epoch: "e", earlier: [], marks: [], rules: 1, layout: 1 };
    this.store({ kind: "owner", owner: `${k}`, event, after: 0 }, 0);
  }

  get end(): number {
    return this.entries.length;
  }

  /** The seq at which it lies now; undefined: another entry of the stream about itself was first. */
  store({ kind, owner, event, id, after }: Wish, now: number): number | undefined {
    const known = id === undefined ? undefined : this.#ids.get(id);
    if (known !== undefined && now - known.at < this.#window) return known.seq;
    if (after !== undefined && this.#compares && this.said(this.end)?.seq !== (after || undefined))
      return undefined;
    const seq = this.end + 1;
    this.entries.push({ kind, owner, seq, at: now, raw: JSON.stringify(event) });
    if (id !== undefined) this.#ids.set(id, { seq, at: now });
    return seq;
  }

  /** The last word about itself that a replica has which ends at `upTo`. */
  said(upTo: number): { seq: number; owner: Owner } | undefined {
    const last = this.entries.findLast(({ kind, seq }) => kind === "owner" && seq <= upTo);
    return last && { seq: last.seq, owner: JSON.parse(last.raw) as Owner };
  }

  tick(now: number, random: Random): void {
    for (const replica of this.replicas)
      if (replica.stuckUntil <= now && random() < 0.85) replica.has = this.end;
  }

  /** As one of its replicas has it. */
  anyEnd(random: Random): number {
    return this.replicas[Math.floor(random() * 3)]?.has ?? 0;
  }

  mailbox(owner: string): Entry[] {
    return this.entries.filter((entry) => entry.kind !== "owner" && entry.owner === owner);
  }
}
