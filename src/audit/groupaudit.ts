import { newGroup, type GroupState, type OwedFact } from "../actors/group/groupstate.ts";
import { step } from "../actors/step.ts";
import type { Telling } from "../actors/user.ts";
import type { Entry } from "../events/entry.ts";
import type { GroupFact } from "../events/groupfact.ts";
import { messageId } from "../events/messageid.ts";
import { generationOf, positionOf } from "../events/position.ts";
import type { Tick } from "../events/tick.ts";
import { leaving } from "../rules/group/changes.ts";
import { isUsed, note, type Sends } from "../rules/sends.ts";
import { isThere, type Breach, type Extent } from "./breach.ts";
import { canonical } from "./canonical.ts";

/** The sends of one author that a group has accepted, of one generation of both logs: across a roll-back one may be accepted twice. */
interface Accepted {
  readonly generations: string;
  readonly sends: Sends;
}

/** A group as far as it has been read. */
interface Group {
  state: GroupState;
  /** The copy that the last fact answers. */
  answered: number;
  /** By author. */
  readonly accepted: Map<string, Accepted>;
}

/** A fact in its place. */
interface Stated {
  readonly entry: Entry;
  readonly fact: GroupFact;
  readonly author: string;
  readonly breach: (fault: Breach["fault"]) => Breach;
}

/**
 * Holds groups' mailboxes against the rules that their actors run: what a group was asked, what it has accepted, and what it owes. Each
 * fact answers the first copy that is owed an answer, as that was decided; its author is a member by the facts before it; its headers
 * name whose membership it ends, and the fact before it that ended one.
 */
export class GroupAudit {
  readonly #groups = new Map<string, Group>();
  readonly #extentOf: (owner: string) => Extent;
  readonly #breaches: Breach[] = [];
  #facts = 0;
  #aside = 0;

  constructor(extentOf: (owner: string) => Extent) {
    this.#extentOf = extentOf;
  }

  /** Takes the next entry of a group's mailbox. Returns what the group has to tell because of it. */
  take(entry: Entry): readonly Telling[] {
    const group = this.#groupOf(entry.owner);
    const { state, tellings, aside } = step(group.state, entry);
    if (aside !== undefined) this.#aside++;
    else if (entry.kind === "group") this.#fact(group, entry, entry.event as GroupFact);
    else if (entry.kind === "tick") this.#breaches.push(...wrongTick(group.state, entry));
    group.state = state;
    return tellings;
  }

  #groupOf(owner: string): Group {
    let group = this.#groups.get(owner);
    if (group === undefined)
      this.#groups.set(owner, (group = { state: newGroup, answered: 0, accepted: new Map() }));
    return group;
  }

  #fact(group: Group, entry: Entry, fact: GroupFact): void {
    this.#facts++;
    this.#breaches.push(...this.#wrongFact(group, entry, fact));
    group.answered = Math.max(group.answered, fact.of);
    noteIn(group, entry, fact);
  }

  /** Groups, what they have accepted, and entries that were left out. */
  get counts(): { readonly groups: number; readonly accepted: number; readonly aside: number } {
    return { groups: this.#groups.size, accepted: this.#facts, aside: this.#aside };
  }

  /** All that is wrong, once every stream has been read to its end. */
  *breaches(): Generator<Breach> {
    yield* this.#breaches;
    // The checkpoint stays below a copy whose fact is not stored.
    for (const [group, { state }] of this.#groups)
      for (const owed of state.owed)
        if (owed.of <= this.#extentOf(group).told) yield unstated(group, owed);
  }

  /** Is the user in the group by its facts, from that position on? Facts that it still owes may change that. */
  has(group: string, user: string, from: number): boolean {
    const state = this.#groups.get(group)?.state ?? newGroup;
    return state.owed.length > 0 || state.present.get(user)?.from === from;
  }

  *#wrongFact(group: Group, entry: Entry, fact: GroupFact): Generator<Breach> {
    const { owner, seq, generation = 0 } = entry;
    const author = authorOf(fact);
    const id = messageId(owner, positionOf(generation, seq));
    const breach = (fault: Breach["fault"]): Breach => ({ fault, author, peer: owner, id });
    const stated = { entry, fact, author, breach };
    yield* this.#wrongAnswer(group, stated);
    yield* wrongAuthor(group, stated);
    yield* wrongEnvelope(group, stated);
  }

  /** Each fact answers the first copy that is owed an answer. */
  *#wrongAnswer({ state: { owed }, answered }: Group, { entry, fact, breach }: Stated) {
    const { owner } = entry;
    const i = owed.findIndex(({ of }) => of === fact.of);
    for (const skipped of owed.slice(0, Math.max(0, i))) yield unstated(owner, skipped);
    const due = owed[i];
    if (due !== undefined) {
      if (canonical(due.event) !== canonical(fact)) yield breach("fact-altered");
      return;
    }
    // A copy that a roll-back has taken was there when its fact was stated.
    if (!isThere(this.#extentOf(owner), fact.of)) return;
    yield breach(fact.of <= answered ? "fact-again" : "fact-unasked");
  }
}

/** A decision of which no fact is there. */
const unstated = (group: string, { event }: OwedFact): Breach => {
  const author = authorOf(event);
  return { fault: "unstated", author, peer: group, id: messageId(author, event.cause) };
};

const authorOf = (fact: GroupFact): string => (fact.type === "MessageSent" ? fact.author : fact.by);

/** Only a member is heard, but for those who make a group or come in by themselves; and of each number of theirs once. */
function* wrongAuthor(
  { state, accepted }: Group,
  { entry, fact, author, breach }: Stated,
): Generator<Breach> {
  const isMember = state.present.has(author);
  const needsNone =
    fact.type === "GroupChanged" && (fact.change.do === "create" || fact.change.do === "join");
  if (!isMember && !needsNone) yield breach("outsider");
  const { cid } = fact;
  const known = accepted.get(author);
  if (cid === undefined || known?.generations !== generationsOf(entry, fact)) return;
  if (isUsed(known.sends, cid)) yield breach("cid-again");
}

/** Gateways stop at these words, and open no event. */
function* wrongEnvelope({ state }: Group, { entry, fact, breach }: Stated): Generator<Breach> {
  const { ended, endedBefore = 0 } = entry;
  if (ended !== leaving(fact) || endedBefore !== state.lastEnded) yield breach("envelope");
}

/** A gateway claims for its users no more than the group has stated. */
function* wrongTick({ head }: GroupState, entry: Entry): Generator<Breach> {
  const { owner, seq, generation = 0 } = entry;
  const tick = entry.event as Tick;
  if ((tick.in ?? 0) !== generation) return;
  const ahead = [...tick.delivered, ...tick.read].find(([upTo]) => upTo > head);
  const [author = ""] = ahead?.[1] ?? [];
  if (ahead !== undefined)
    yield {
      fault: "claim-ahead",
      author,
      peer: owner,
      id: messageId(owner, positionOf(generation, seq)),
    };
}

/** The author's number is used from now on. */
function noteIn({ accepted }: Group, entry: Entry, fact: GroupFact): void {
  const { cid } = fact;
  if (cid === undefined) return;
  const author = authorOf(fact);
  const generations = generationsOf(entry, fact);
  const before = accepted.get(author);
  const sends = before?.generations === generations ? before.sends : [];
  accepted.set(author, { generations, sends: note(sends, { cid }) });
}

/** The generations in which the author stated it and the group accepted it. */
const generationsOf = ({ generation = 0 }: Entry, { cause }: GroupFact): string =>
  `${generationOf(cause)} ${generation}`;
