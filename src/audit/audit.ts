import { step } from "../actors/step.ts";
import { newcomer, type Telling, type UserState } from "../actors/user.ts";
import type { Copy } from "../events/copy.ts";
import type { Entry } from "../events/entry.ts";
import type { GroupAsk } from "../events/groupask.ts";
import { isGroup, messageId } from "../events/messageid.ts";
import { positionOf } from "../events/position.ts";
import { claimOf, isReceipt } from "../rules/receipts.ts";
import { SILENCE, type Conversation } from "../rules/standing.ts";
import { present } from "../rules/stays.ts";
import { advance, NOTHING_YET, type Watermarks } from "../rules/watermarks.ts";
import { isThere, type Breach, type Extent } from "./breach.ts";
import { GroupAudit } from "./groupaudit.ts";
import { ToldReceipts } from "./grouptold.ts";
import { Letters, type Half } from "./letters.ts";

/** The result of an audit. */
export interface Audited {
  readonly people: number;
  /** Messages that came to their peers as they were sent. */
  readonly messages: number;
  readonly groups: number;
  /** Messages and changes that groups have accepted. */
  readonly accepted: number;
  /** Messages and words of groups whose copies may be under way. */
  readonly underWay: number;
  /** Entries that are no event this version knows, or at which a rule fails: left out. */
  readonly aside: number;
  /** The first breaches, at most 100. */
  readonly breaches: readonly Breach[];
  /** All breaches. */
  readonly found: number;
}

/** Findings that are named; more of them tell nobody more. */
const BREACHES_MAX = 100;

/**
 * Holds mailboxes against one another, by the rules that the actors run: what each owes its peers, and what counts there. Entries
 * of a mailbox come in the order of the log; mailboxes come in any.
 */
export class Audit {
  readonly #states = new Map<string, UserState>();
  readonly #groups: GroupAudit;
  /** Messages between people. */
  readonly #letters = new Letters();
  /** Messages and asks to groups, and all that groups tell but receipts. */
  readonly #words = new Letters();
  readonly #told = new ToldReceipts();
  /** Receipts of one person about another's messages, as far as the actors had told them. */
  readonly #receipts = new Map<string, Watermarks>();
  /** By author and group, the cause that came there last: of strangers a group itself keeps nothing. */
  readonly #asked = new Map<string, number>();
  readonly #fallen: Breach[] = [];
  readonly #extentOf: (owner: string) => Extent;
  #aside = 0;

  /** `extentOf`: of the stream that has the owner's mailbox. */
  constructor(extentOf: (owner: string) => Extent) {
    this.#extentOf = extentOf;
    this.#groups = new GroupAudit(extentOf);
  }

  /** Takes the next entry of a mailbox stream. */
  take(entry: Entry): void {
    const { owner } = entry;
    if (entry.kind === "owner") return;
    if (isGroup(owner)) return this.#takeOfGroup(entry);
    const before = this.#states.get(owner) ?? newcomer;
    const { state, tellings, aside } = step(before, entry);
    // A user's actor tells one at most.
    const [telling] = tellings;
    this.#states.set(owner, state);
    if (aside !== undefined) this.#aside++;
    else {
      if (telling !== undefined) this.#owes(entry, state, telling);
      if (entry.kind === "copy") this.#hears(entry, entry.event as Copy, before, state);
    }
  }

  #takeOfGroup(entry: Entry): void {
    for (const { to, copy } of this.#groups.take(entry))
      if (isReceipt(copy)) this.#told.owed(to, copy);
      else this.#words.owed(to, copy);
    const { owner, kind, generation = 0 } = entry;
    if (kind !== "ask" || entry.event === undefined) return;
    const ask = entry.event as GroupAsk;
    const pair = pairOf(ask.author, owner);
    if ((ask.in ?? 0) !== generation || ask.cause <= (this.#asked.get(pair) ?? 0)) return;
    this.#asked.set(pair, ask.cause);
    this.#words.came(owner, ask);
  }

  /** The result, once every stream has been taken to its end. */
  verdict(): Audited {
    const breaches = [
      ...this.#wrongLetters(),
      ...this.#wrongTicks(),
      ...this.#fallen,
      ...this.#groups.breaches(),
      ...this.#wrongStays(),
    ];
    const { groups, accepted, aside } = this.#groups.counts;
    const waiting = [...this.#letters.missing, ...this.#words.missing];
    return {
      people: this.#states.size,
      messages: this.#letters.matched,
      groups,
      accepted,
      underWay: waiting.filter((half) => !this.#isDue(half)).length,
      aside: this.#aside + aside,
      breaches: breaches.slice(0, BREACHES_MAX),
      found: breaches.length,
    };
  }

  #owes({ owner, seq, generation = 0 }: Entry, state: UserState, { to, copy }: Telling): void {
    if (isGroup(to)) return this.#words.owed(to, copy);
    if (copy.type === "MessageSent") return this.#letters.owed(to, copy);
    if (positionOf(generation, seq) > this.#extentOf(owner).told) return;
    this.#receipts.set(pairOf(owner, to), state.peers.get(to)?.mine ?? NOTHING_YET);
  }

  /** A copy counts where it moves what was heard from its author. */
  #hears({ owner, seq, generation = 0 }: Entry, copy: Copy, before: UserState, after: UserState) {
    const { author } = copy;
    const [was = SILENCE, is = SILENCE] = [before, after].map(({ peers }) => peers.get(author));
    if (was.heard === is.heard) return;
    if (!isGroup(author)) return this.#hearsLetter(owner, copy);
    if (!isReceipt(copy)) return this.#words.came(owner, copy);
    this.#told.came(owner, copy);
    const claim = claimOf(copy);
    // A roll-back has taken receipts, too.
    const falls = claim.delivered < was.theirs.delivered || claim.read < was.theirs.read;
    if (falls && this.#extentOf(author).marks.length === 0)
      this.#fallen.push({
        fault: "tick-fell",
        author,
        peer: owner,
        id: messageId(owner, positionOf(generation, seq)),
      });
  }

  #hearsLetter(owner: string, copy: Copy): void {
    if (copy.type === "MessageSent") this.#letters.came(owner, copy);
  }

  *#wrongLetters(): Generator<Breach> {
    for (const letters of [this.#letters, this.#words])
      yield* this.#halves(letters, ["lost", "phantom", "altered"]);
    yield* this.#halves(this.#told, ["tick-lost", "tick-phantom", "tick-phantom"]);
  }

  *#halves(
    { missing, unsent, altered }: Pick<Letters, "missing" | "unsent" | "altered">,
    [lost, phantom, other]: readonly [Breach["fault"], Breach["fault"], Breach["fault"]],
  ): Generator<Breach> {
    const isSeen = ({ author, cause }: Half): boolean => isThere(this.#extentOf(author), cause);
    for (const half of missing) if (this.#isDue(half)) yield breachOf(lost, half);
    for (const half of unsent) if (isSeen(half)) yield breachOf(phantom, half);
    for (const half of altered) yield breachOf(other, half);
  }

  /** Nobody follows a group that they are not in, but for those to whom its word is under way. */
  *#wrongStays(): Generator<Breach> {
    const waited = new Set(this.#words.missing.map(({ author, to }) => pairOf(author, to)));
    for (const [user, { groups }] of this.#states)
      for (const [group, stays] of groups) {
        const { from = 0 } = present(stays) ?? {};
        if (from === 0 || waited.has(pairOf(group, user))) continue;
        if (!isThere(this.#extentOf(group), from) || this.#groups.has(group, user, from)) continue;
        yield { fault: "stays-on", author: user, peer: group, id: messageId(group, from) };
      }
  }

  /** Must the letter have come by now? */
  #isDue({ author, cause }: Half): boolean {
    return cause <= this.#extentOf(author).told;
  }

  *#wrongTicks(): Generator<Breach> {
    for (const [author, { peers }] of this.#states)
      for (const [peer, chat] of peers) {
        if (isGroup(peer)) continue;
        const fault = this.#tick(author, peer, chat);
        const about = Math.min(chat.theirs.delivered || chat.sent, chat.sent);
        if (fault !== undefined) yield { fault, author, peer, id: messageId(author, about) };
      }
  }

  /** The author's knowledge of the peer's receipts lies between what must have been told and what was stated. */
  #tick(author: string, peer: string, chat: Conversation): Breach["fault"] | undefined {
    const { theirs, sent, heard } = chat;
    const told = this.#receipts.get(pairOf(peer, author)) ?? NOTHING_YET;
    if (advance(theirs, told, sent) !== theirs) return "tick-lost";
    const extent = this.#extentOf(peer);
    // A receipt that a roll-back took, or that lies behind what was read, was stated all the same.
    if (extent.marks.length > 0 || !isThere(extent, heard)) return undefined;
    const { mine } = this.#states.get(peer)?.peers.get(author) ?? SILENCE;
    return advance(mine, theirs, sent) === mine ? undefined : "tick-phantom";
  }
}

const breachOf = (fault: Breach["fault"], { author, to: peer, cause }: Half): Breach => ({
  fault,
  author,
  peer,
  id: messageId(author, cause),
});

/** Ids are tokens, so a space parts the two. */
const pairOf = (author: string, peer: string): string => [author, peer].join(" ");
