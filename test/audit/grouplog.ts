import type { GroupState } from "../../src/actors/group/groupstate.ts";
import { natureOf, type ActorState } from "../../src/actors/nature.ts";
import { step } from "../../src/actors/step.ts";
import type { Asking } from "../../src/events/ask.ts";
import type { Entry } from "../../src/events/entry.ts";
import type { GroupFact } from "../../src/events/groupfact.ts";
import { isGroup } from "../../src/events/messageid.ts";
import { leaving } from "../../src/rules/group/changes.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";

export const GROUP = groupIdOf("ann", "ann.1");

/** The headers of groups' facts, as their actors put them; of entries that have none yet. */
export function withEnvelopes(entries: readonly Entry[]): Entry[] {
  const lasts = new Map<string, number>();
  return entries.map((entry) => {
    if (entry.kind !== "group") return entry;
    const ended = leaving(JSON.parse(entry.raw) as GroupFact);
    const endedBefore = lasts.get(entry.owner);
    if (ended !== undefined) lasts.set(entry.owner, entry.seq);
    return {
      ...entry,
      ...(ended !== undefined && { ended }),
      ...(endedBefore !== undefined && { endedBefore }),
    };
  });
}

/** A log of people and a group as actors make it, where all that is owed is stored at once. */
export class GroupLog {
  readonly #entries: Entry[] = [];
  readonly #states = new Map<string, ActorState>();
  readonly #n = new Map<string, number>();

  get entries(): Entry[] {
    return withEnvelopes(this.#entries);
  }

  put(kind: Entry["kind"], owner: string, event: object): void {
    const seq = this.#entries.length + 1;
    const entry: Entry = { kind, owner, seq, at: 1_000_000 + seq, raw: JSON.stringify(event) };
    this.#entries.push(entry);
    const before = this.#states.get(owner) ?? natureOf(owner).initial;
    const { state, tellings } = step(before, entry);
    this.#states.set(owner, state);
    if (kind === "ask")
      for (const { event: fact } of this.#group.owed) this.put("group", owner, fact);
    for (const { to, copy } of tellings) this.put(isGroup(to) ? "ask" : "copy", to, copy);
  }

  get #group(): GroupState {
    return this.#states.get(GROUP) as GroupState;
  }

  /** The last position of the group. */
  get head(): number {
    return this.#group.head;
  }

  sends(author: string): this {
    const cid = this.#cid(author);
    this.put("fact", author, {
      type: "MessageSent",
      author,
      to: GROUP,
      device: "d",
      cid,
      body: cid,
    });
    return this;
  }

  asks(author: string, ask: Asking): this {
    const said = { author, group: GROUP, device: "d", cid: this.#cid(author) };
    this.put("fact", author, { type: "GroupAsked", ...said, ask });
    return this;
  }

  /** They have received the last one; or, with `upTo`, up to there. */
  receives(users: readonly string[], upTo = this.head): this {
    this.put("tick", GROUP, {
      type: "ReceiptsGathered",
      gateway: "gw",
      delivered: [[upTo, users]],
      read: [],
    });
    return this;
  }

  #cid(author: string): string {
    const n = (this.#n.get(author) ?? 0) + 1;
    this.#n.set(author, n);
    return `${author}.${n}`;
  }
}

/** Ann's group of three, in which all three write, one goes, comes back, and receipts are told. */
export const walkers = (): GroupLog =>
  new GroupLog()
    .asks("ann", {
      do: "create",
      name: "Walkers",
      members: ["ben", "cem"],
      limits: { members: 5, sendsPerSecond: 100 },
    })
    .sends("ann")
    .sends("ben")
    .receives(["ann", "ben", "cem"])
    .asks("ann", { do: "remove", user: "cem" })
    .sends("cem")
    .sends("ann")
    .receives(["ben"])
    .asks("ben", { do: "add", users: ["dan"] })
    .asks("ann", { do: "add", users: ["cem"] })
    .sends("cem")
    .sends("dan")
    .receives(["ann", "ben", "cem", "dan"])
    .asks("dan", { do: "leave" });
