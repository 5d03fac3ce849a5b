import { isGroup } from "../../events/messageid.ts";
import type { Row } from "../mailbox/localchat.ts";
import { Calm } from "./calm.ts";
import type { Entries } from "./entries.ts";
import { anew, isItself, isShownAs, type OutboxEntry, type Shown } from "./entry.ts";
import type { Held } from "./turns.ts";

/** The own mailbox has a message to a group, or an ask. */
export type StoredWord =
  | ({ readonly type: "MessageSent" } & Shown)
  | { readonly type: "GroupAsked"; readonly cid?: string | undefined; readonly group: string };

/** The group's word on what it has not accepted. */
interface Refusal {
  readonly author: string;
  readonly cid: string;
  readonly code: string;
  readonly retryAfterMs?: number | undefined;
}

interface Ports {
  /** In [0, 1). */
  random(): number;
  isUsed(cid: string): boolean;
  isLoaded(entry: OutboxEntry): boolean;
  /** The group shows it. */
  done(entry: OutboxEntry): void;
  /** An ask has come to its end. `error`: the code of why it was refused. */
  asked(entry: OutboxEntry, error?: string): void;
  /** Something may go out. */
  pump(): void;
}

/** The word of a group on what is stored is waited for so long, where it may have passed unseen, or a roll-back have taken it. */
export const OUTCOME_MS = 60_000;

/** Is it for a group, which has to accept it? */
export const isForGroup = ({ to, ask }: OutboxEntry): boolean => ask !== undefined || isGroup(to);

/** Messages to groups, and asks, behind ✓: what comes of each is an event of the group, or a refusal in the own mailbox. */
export class Outcomes {
  readonly #entries: Entries;
  readonly #ports: Ports;
  readonly #calm: Calm;
  readonly #late = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(entries: Entries, ports: Ports) {
    this.#entries = entries;
    this.#ports = ports;
    this.#calm = new Calm({ random: ports.random, over: () => ports.pump() });
  }

  rests = (group: string): boolean => this.#calm.rests(group);

  /** Groups that were busy are waited for from when nothing of them is under way. */
  settle(): void {
    const isOpen = ({ entry, state }: Held): boolean => !entry.error && state !== "waiting";
    this.#calm.settle((group) => !this.#of(group).some(isOpen));
  }

  /** It is an entry's turn. Returns whether there is nothing to send or to look for: its outcome is waited for. */
  awaits(held: Held): boolean {
    const { entry, unsure, taken } = held;
    const { isUsed } = this.#ports;
    if (entry.ask && taken) {
      this.#entries.renumber(held, isUsed);
      queueMicrotask(() => this.#ports.pump());
      return true;
    }
    // The server says again which group it is: the same ask twice is one.
    const isNameless = entry.to === "";
    if (!isUsed(entry.cid) || isNameless || (!entry.ask && (unsure || taken))) return false;
    this.wait(held);
    return true;
  }

  /** It is stored: its outcome comes, unless it has passed unseen. */
  wait(held: Held): void {
    const { entry, unsure } = held;
    held.state = "answered";
    if (!entry.stored) this.#entries.put({ ...entry, stored: true });
    if (!unsure || this.#late.has(entry.name)) return;
    const late = setTimeout(() => {
      this.#late.delete(entry.name);
      const found = this.#entries.find(held.entry.cid);
      if (found === held && !held.entry.error) this.fail(held, "outcome.unknown");
    }, OUTCOME_MS);
    this.#late.set(entry.name, late);
  }

  /** The server says that it is stored, and of an ask in which group. */
  answered(held: Held, group: string): void {
    this.#entries.put({ ...held.entry, to: group, stored: true });
    held.state = "answered";
  }

  /** The own mailbox shows it. `repeat`: not for the first time. */
  stored(event: StoredWord, repeat: boolean): void {
    const held = this.#entries.find(event.cid ?? "");
    if (held === undefined) return;
    const { entry } = held;
    if (event.type === "GroupAsked") this.answered(held, event.group);
    else if (!isItself(entry, event)) this.#entries.renumber(held, this.#ports.isUsed);
    else if (repeat && this.#ports.isLoaded(entry)) this.#done(entry);
    else this.answered(held, event.to);
    this.#ports.pump();
  }

  /** The group has refused it. */
  refused({ author: group, cid, code, retryAfterMs }: Refusal): void {
    const held = this.#entries.find(cid);
    if (held === undefined) return;
    if (code !== "group.busy" || held.entry.ask) return this.fail(held, code);
    this.#calm.refused(group, retryAfterMs);
    this.#entries.replace(held, anew(held.entry));
    this.#ports.pump();
  }

  /** The user is in too many groups already: their actor has left this one again. */
  declined(group: string): void {
    for (const held of this.#of(group)) {
      const { ask } = held.entry;
      if (ask?.do === "create" || ask?.do === "join") this.fail(held, "limit.groups");
    }
  }

  /** The group shows something of the user's own. Returns the cid of the message that was on its way. */
  shown(row: Row): string | undefined {
    let struck: string | undefined;
    for (const { entry } of this.#entries.held) {
      const { cid, ask } = entry;
      if (ask ? !row.change || cid !== row.cid : !isShownAs(entry, row)) continue;
      if (!ask) struck = cid;
      this.#done(ask ? { ...entry, to: row.to } : entry);
    }
    if (!row.change) this.#calm.accepted(row.to);
    this.#ports.pump();
    return struck;
  }

  /** Events of the group have passed unseen. */
  doubt(group: string): void {
    for (const held of this.#of(group)) {
      held.unsure = true;
      if (held.state === "answered") held.state = "waiting";
    }
    this.#ports.pump();
  }

  fail(held: Held, code: string): void {
    const { entry } = held;
    held.state = "waiting";
    if (entry.ask) {
      this.#entries.drop(entry.cid);
      this.#ports.asked(entry, code);
    } else this.#entries.put({ ...entry, error: code });
    // Others may have waited for this one, as in a group that was busy.
    this.#ports.pump();
  }

  /** The connection is gone. */
  stop(): void {
    for (const late of this.#late.values()) clearTimeout(late);
    this.#late.clear();
    // Nothing is under way any more.
    this.#calm.settle(() => true);
  }

  #of(group: string): Held[] {
    return [...this.#entries.held].filter(({ entry }) => entry.to === group);
  }

  #done(entry: OutboxEntry): void {
    this.#entries.drop(entry.cid);
    if (entry.ask) this.#ports.asked(entry);
    else this.#ports.done(entry);
  }
}
