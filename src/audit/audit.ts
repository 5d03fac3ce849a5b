import { step } from "../actors/step.ts";
import { newcomer, type Telling, type UserState } from "../actors/user.ts";
import type { Copy } from "../events/copy.ts";
import type { Entry } from "../events/entry.ts";
import { isGroup, messageId } from "../events/messageid.ts";
import { generationAt, generationOf, positionOf, seqOf, type Mark } from "../events/position.ts";
import { SILENCE, type Conversation } from "../rules/standing.ts";
import { advance, NOTHING_YET, type Watermarks } from "../rules/watermarks.ts";
import { Letters, type Half } from "./letters.ts";

/** The rest that an audit has to know of a mailbox stream, besides its entries. */
export interface Extent {
  /** The position up to which its actors had told everything before the audit began; 0: nobody knows. */
  readonly told: number;
  /** The last seq that is read. */
  readonly end: number;
  readonly marks: readonly Mark[];
}

/**
 * Something that the log should not hold. `lost`: a message that never came to its peer, or behind a later one, so that it counts
 * for nobody. `phantom`: one that its author never sent. `altered`: one that came with other words. `tick-lost`, `tick-phantom`: the
 * author was told less than the peer has stated, or more.
 */
export interface Breach {
  readonly fault: "lost" | "phantom" | "altered" | "tick-lost" | "tick-phantom";
  /** The author of the message. */
  readonly author: string;
  readonly peer: string;
  /** The message; of a tick, the last one that it should be about. */
  readonly id: string;
}

/** The result of an audit. */
export interface Audited {
  readonly people: number;
  /** Messages that came to their peers as they were sent. */
  readonly messages: number;
  /** Messages whose copies may be under way. */
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
  readonly #letters = new Letters();
  /** Receipts of one person about another's messages, as far as the actors had told them. */
  readonly #receipts = new Map<string, Watermarks>();
  readonly #extentOf: (user: string) => Extent;
  #aside = 0;

  /** `extentOf`: of the stream that has the user's mailbox. */
  constructor(extentOf: (user: string) => Extent) {
    this.#extentOf = extentOf;
  }

  /** Takes the next entry of a mailbox stream. */
  take(entry: Entry): void {
    const { owner } = entry;
    // Groups are no half of a pair.
    if (entry.kind === "owner" || isGroup(owner)) return;
    const before = this.#states.get(owner) ?? newcomer;
    const { state, tellings, aside } = step(before, entry);
    // A user's actor tells one at most.
    const [telling] = tellings;
    this.#states.set(owner, state);
    if (aside !== undefined) this.#aside++;
    else if (telling !== undefined) this.#owes(entry, state, telling);
    else if (entry.kind === "copy") this.#hears(owner, entry.event as Copy, before, state);
  }

  /** The result, once every stream has been taken to its end. */
  verdict(): Audited {
    const breaches = [...this.#wrongLetters(), ...this.#wrongTicks()];
    return {
      people: this.#states.size,
      messages: this.#letters.matched,
      underWay: this.#letters.missing.filter((half) => !this.#isDue(half)).length,
      aside: this.#aside,
      breaches: breaches.slice(0, BREACHES_MAX),
      found: breaches.length,
    };
  }

  #owes({ owner, seq, generation = 0 }: Entry, state: UserState, { to, copy }: Telling): void {
    if (isGroup(to)) return;
    if (copy.type === "MessageSent" && "position" in copy) return this.#letters.owed(copy);
    if (positionOf(generation, seq) > this.#extentOf(owner).told) return;
    this.#receipts.set(pairOf(owner, to), state.peers.get(to)?.mine ?? NOTHING_YET);
  }

  /** A copy counts where it moves what was heard from its author. */
  #hears(owner: string, copy: Copy, before: UserState, after: UserState): void {
    if (copy.type !== "MessageSent") return;
    const { author } = copy;
    const [was, is] = [before, after].map(({ peers }) => peers.get(author)?.heard ?? 0);
    if (was !== is) this.#letters.came(copy);
  }

  #wrongLetters(): Breach[] {
    const { missing, unsent, altered } = this.#letters;
    const as = (fault: Breach["fault"], halves: readonly Half[]): Breach[] =>
      halves.map(({ author, to: peer, cause }) => ({
        fault,
        author,
        peer,
        id: messageId(author, cause),
      }));
    return [
      ...as(
        "lost",
        missing.filter((half) => this.#isDue(half)),
      ),
      ...as(
        "phantom",
        unsent.filter(({ author, cause }) => isThere(this.#extentOf(author), cause)),
      ),
      ...as("altered", altered),
    ];
  }

  /** Must the letter have come by now? */
  #isDue({ author, cause }: Half): boolean {
    return cause <= this.#extentOf(author).told;
  }

  *#wrongTicks(): Generator<Breach> {
    for (const [author, { peers }] of this.#states)
      for (const [peer, chat] of peers) {
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

/** Would an entry of this position be seen: was it read, and not taken by a roll-back? */
const isThere = ({ end, marks }: Extent, position: number): boolean =>
  seqOf(position) <= end && generationAt(marks, seqOf(position)) === generationOf(position);

/** Ids are tokens, so a space parts the two. */
const pairOf = (author: string, peer: string): string => [author, peer].join(" ");
