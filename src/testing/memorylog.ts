import type { Entry } from "../events/entry.ts";
import { isGroup } from "../events/messageid.ts";
import type { Event } from "../events/event.ts";

type Kind = Exclude<Entry["kind"], "owner">;
type Envelope = Pick<Entry, "ended" | "endedBefore">;

/** All entries of one stream, and of the users' activities, in one list. */
export class MemoryLog {
  /** Names this life of the log. */
  readonly epoch: string;
  readonly #entries: Entry[] = [];
  readonly #mailboxes = new Map<string, Entry[]>();
  readonly #now: () => number;
  /** No two entries have the same time. */
  #at = 0;

  constructor(epoch: string, now: () => number) {
    this.epoch = epoch;
    this.#now = now;
  }

  get seq(): number {
    return this.#entries.length;
  }

  /** `envelope`: of a fact of a group. */
  append(kind: Kind, owner: string, event: Event, envelope: Envelope = {}): Entry {
    const seq = this.#entries.length + 1;
    const at = (this.#at = Math.max(this.#at + 1, this.#now()));
    const entry: Entry = { kind, owner, seq, at, raw: JSON.stringify(event), ...envelope };
    this.#entries.push(entry);
    if (kind === "activity") return entry;
    const mailbox = this.#mailboxes.get(owner);
    if (mailbox === undefined) this.#mailboxes.set(owner, [entry]);
    else mailbox.push(entry);
    return entry;
  }

  at(seq: number): Entry | undefined {
    return this.#entries[seq - 1];
  }

  /** The entries that devices follow: of a group its facts. */
  followed(owner: string): readonly Entry[] {
    const all = this.mailbox(owner);
    return isGroup(owner) ? all.filter(({ kind }) => kind === "group") : all;
  }

  mailbox(owner: string): readonly Entry[] {
    return this.#mailboxes.get(owner) ?? [];
  }
}
