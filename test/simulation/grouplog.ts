import { open } from "../../src/events/entry.ts";
import type { GroupMail } from "../../src/events/event.ts";
import { isGroup } from "../../src/events/messageid.ts";
import { generationAt, positionOf, seqOf } from "../../src/events/position.ts";
import { entering, leaving } from "../../src/rules/group/changes.ts";
import type { EventFrame, Resync } from "../../src/protocol/frames/mailbox.ts";
import type { Term } from "../../src/rules/stays.ts";
import type { History, Mailed } from "./history.ts";
import type { GroupWitness, Page, Reader } from "./line.ts";
import { partitionOf } from "./machines.ts";

/** A fact of a group, in its place. */
export type GroupFactMail = Extract<GroupMail, { kind: "group" }>;

/** Groups as the log of a run has them. */
export class GroupLog implements GroupWitness {
  readonly #history: History;
  readonly #opened = new WeakMap<Mailed, GroupMail>();

  constructor(history: History) {
    this.#history = history;
  }

  get groups(): string[] {
    return [...this.#history.mailboxes.keys()].filter(isGroup);
  }

  /** The mailbox of a group, opened. */
  mails(group: string): GroupMail[] {
    const entries = this.#history.mailbox(group);
    const marks = this.#history.marksOf(entries[0]?.k ?? 0);
    return entries.map((entry) => {
      const generation = generationAt(marks, entry.seq);
      const known = this.#opened.get(entry);
      if (known?.generation === generation) return known;
      const { kind, owner, seq, at, data: raw } = entry;
      const place = { kind: kind as "group", owner, seq, at: Math.floor(at), generation, raw };
      const mail = open(place) as GroupMail;
      this.#opened.set(entry, mail);
      return mail;
    });
  }

  facts(group: string): GroupFactMail[] {
    return this.mails(group).flatMap((mail) => (mail.kind === "group" ? [mail] : []));
  }

  /** The memberships of a user, by the group's facts. */
  ranges(user: string, group: string): Term[] {
    const terms: Term[] = [];
    for (const { position, event } of this.facts(group)) {
      if (entering(event).includes(user)) terms.push({ from: position });
      const last = terms.at(-1);
      if (leaving(event) === user && last?.upTo === undefined && last !== undefined)
        terms.splice(-1, 1, { from: last.from, upTo: position });
    }
    return terms;
  }

  /** The facts that a user may see. */
  shownTo(user: string, group: string): GroupFactMail[] {
    const ranges = this.ranges(user, group);
    return this.facts(group).filter(({ position }) => liesIn(ranges, position));
  }

  /** The facts that a user may see up to a seq, as views tell them. */
  page(user: string, group: string, upTo: number): Page {
    const facts = this.shownTo(user, group).filter(({ position }) => seqOf(position) <= upTo);
    const last = facts.findLast(
      ({ event }) => event.type === "MessageSent" && event.author !== user,
    );
    return { positions: facts.map(({ position }) => position), received: last?.position ?? 0 };
  }

  told(by: Reader, { mailbox, seq, generation = 0 }: EventFrame): void {
    const position = positionOf(generation, seq);
    const isTheirs = liesIn(this.ranges(by.user, mailbox), position);
    // Something that a roll-back has taken may be under way.
    if (!isTheirs && this.#history.cuts.length === 0)
      this.#history.wrong("outside range", `${by.id} is told ${position} of ${mailbox}`);
  }

  resync(by: Reader, { mailbox, seq, reason }: Resync): void {
    const words = `${by.id} is told to resynchronise ${mailbox} at ${seq}: ${reason}`;
    this.#history.counts.resyncs++;
    this.#history.remark(words);
    if (!this.#history.cuts.some(({ k }) => k === partitionOf(mailbox)))
      this.#history.wrong("resync", words);
  }

  /** The secret of the link that was made last; undefined: there is none. */
  secretOf(group: string): string | undefined {
    for (const { event } of this.mails(group).toReversed())
      if (event.type === "GroupAsked" && event.ask.do === "invite") return event.ask.secret;
    return undefined;
  }
}

const liesIn = (ranges: readonly Term[], position: number): boolean =>
  ranges.some(({ from, upTo = position }) => from <= position && position <= upTo);
