import { expect } from "vitest";
import { evolveGroup } from "../../../src/actors/group/evolve.ts";
import { newGroup, type GroupState } from "../../../src/actors/group/groupstate.ts";
import type { Telling } from "../../../src/actors/user.ts";
import type { Asking } from "../../../src/events/ask.ts";
import { open, type Entry } from "../../../src/events/entry.ts";
import type { GroupMail } from "../../../src/events/event.ts";
import type { GroupFact } from "../../../src/events/groupfact.ts";
import { groupIdOf } from "../../../src/rules/groupid.ts";

export const GROUP = groupIdOf("alice", "a.1");
export const SECRET = "A".repeat(22);
const LIMITS = { members: 5, sendsPerSecond: 1 };

type Marks = [number, string[]][];

/** Fields of a copy that are not the usual ones. */
interface Odd {
  readonly cause?: number;
  readonly under?: number;
  readonly knows?: number;
  readonly in?: number;
  readonly cid?: string | undefined;
  readonly data?: object;
  readonly mentions?: readonly string[];
}

/** A group whose mailbox is written and folded entry by entry; what it owes is stated at once, unless it holds that back. */
export class Given {
  state: GroupState = newGroup;
  seq = 0;
  at = 1_000_000;
  holdsBack = false;
  /** All that the last happening has told. */
  news: Telling[] = [];
  /** The facts of it. */
  facts: GroupFact[] = [];
  /** The cause of the last copy. */
  cause = 0;

  /** Folds the next entry. */
  take(kind: Entry["kind"], event: object, generation = 0): void {
    const raw = JSON.stringify(event);
    const mail = open({ kind, owner: GROUP, seq: ++this.seq, at: this.at, generation, raw });
    const { state, tellings } = evolveGroup(this.state, mail as GroupMail);
    this.state = state;
    this.news.push(...tellings);
  }

  /** The next ask of somebody, under the membership that their actor knows by now. */
  asks(author: string, ask: Asking, odd: Odd = {}): this {
    return this.#copied({ type: "GroupAsked", author, group: GROUP, cid: "c.1", ask }, odd);
  }

  /** The next message of somebody who has heard all that the group has told them. */
  sends(author: string, odd: Odd = {}): this {
    const said = { to: GROUP, cid: "c.1", body: "hi", knows: this.seq, sentAt: 1 };
    return this.#copied({ type: "MessageSent", author, ...said }, odd);
  }

  #copied(event: { type: string; author: string; [field: string]: unknown }, odd: Odd): this {
    const under = this.state.present.get(event.author)?.from ?? 0;
    [this.news, this.facts] = [[], []];
    this.cause = odd.cause ?? this.cause + 1;
    this.take("ask", { ...event, under, ...odd, cause: this.cause });
    return this.holdsBack ? this : this.states();
  }

  /** The first thing owed is stated. */
  states(): this {
    const [due] = this.state.owed;
    if (due === undefined) return this;
    this.facts.push(due.event);
    this.take("group", due.event);
    return this;
  }

  receives(delivered: Marks, read: Marks = []): this {
    [this.news, this.facts] = [[], []];
    this.take("tick", { type: "ReceiptsGathered", gateway: "gw", delivered, read });
    return this;
  }

  later(ms: number): this {
    this.at += ms;
    return this;
  }

  /** The last copy was refused, and nothing else has come of it. */
  refuses(code: string): void {
    expect(this.news.map(({ copy }) => copy)).toMatchObject([{ type: "Refused", code }]);
    expect([...this.facts, ...this.state.owed]).toEqual([]);
  }

  /** The last copy was accepted as this change, or as a message. */
  accepts(change?: object): void {
    expect(this.news.filter(({ copy }) => copy.type === "Refused")).toEqual([]);
    expect(this.facts).toMatchObject([change === undefined ? { body: "hi" } : { change }]);
  }

  /** The last happening has changed nothing, and nobody was told. */
  ignores(): void {
    expect([...this.news, ...this.facts, ...this.state.owed]).toEqual([]);
  }

  /** The marks that were told by the last happening, by author. */
  get marks(): Record<string, object> {
    return Object.fromEntries(
      this.news.flatMap(({ to, copy }) =>
        copy.type === "MessageDelivered" || copy.type === "MessageRead" ? [[to, copy]] : [],
      ),
    );
  }

  /** The roles as they are decided, in the order of standing. */
  get roles(): Record<string, string> {
    const all = [...this.state.members];
    return Object.fromEntries(all.map(([user, { admin }]) => [user, admin ? "admin" : "member"]));
  }
}

/** Alice's group: she is its admin, the others are members. */
export const group = (...members: string[]): Given =>
  new Given().asks("alice", { do: "create", name: "Hikers", members, limits: LIMITS });
