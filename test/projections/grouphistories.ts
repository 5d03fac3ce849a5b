import fc from "fast-check";
import type { Entry } from "../../src/events/entry.ts";
import { groupMailbox, groupNamed } from "../support/group.ts";

export const PEOPLE = ["alice", "bob", "carol", "dave"] as const;
const STRANGER = "mallory";

/** One thing that happens to one of two groups in one stream. Numbers are taken modulo what makes sense, or not. */
interface Step {
  readonly first: boolean;
  readonly what: "said" | "added" | "removed" | "left" | "gathered" | "described" | "asked";
  readonly who: number;
  readonly whom: readonly number[];
  /** A position that somebody claims to have come to, in some tick of the two kinds. */
  readonly upTo: number;
  readonly read: boolean;
}

const person = fc.nat(PEOPLE.length);
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    first: fc.boolean(),
    what: fc.constantFrom(
      "said",
      "said",
      "said",
      "added",
      "removed",
      "left",
      "gathered",
      "gathered",
      "described",
      "asked",
    ),
    who: person,
    whom: fc.array(person, { maxLength: 3 }),
    upTo: fc.nat(160),
    read: fc.boolean(),
  }),
  { maxLength: 60, size: "max" },
);

/** A fact of a group, the naive way. */
interface Happened {
  readonly seq: number;
  readonly at: number;
  readonly author?: string;
  readonly mentions?: readonly string[];
}
interface Stay {
  readonly from: number;
  upTo: number;
}
interface Tick {
  readonly seq: number;
  readonly at: number;
  /** The last fact before it. */
  readonly head: number;
  readonly upTo: number;
  readonly read: boolean;
  readonly users: readonly string[];
}

/** A group as it went, and who is in: everything is kept, and counted when asked. */
export class NaiveGroup {
  readonly facts: Happened[] = [];
  readonly ticks: Tick[] = [];
  readonly stays = new Map<string, Stay[]>();

  isIn(user: string): boolean {
    return this.stays.get(user)?.at(-1)?.upTo === Infinity;
  }
  /** The facts that a user may see. */
  seen(user: string): Happened[] {
    const stays = this.stays.get(user) ?? [];
    return this.facts.filter(({ seq }) =>
      stays.some(({ from, upTo }) => from <= seq && seq <= upTo),
    );
  }
  unread(user: string, read: number): number {
    const last = this.stays.get(user)?.at(-1) ?? { from: Infinity, upTo: 0 };
    return this.seen(user).filter(
      ({ seq, author }) =>
        author !== undefined && author !== user && seq >= last.from && seq > read,
    ).length;
  }
  mentioned(user: string, read: number): boolean {
    const last = this.stays.get(user)?.at(-1) ?? { from: Infinity, upTo: 0 };
    return this.seen(user).some(
      ({ seq, author, mentions }) =>
        author !== user && mentions?.includes(user) && seq >= last.from && seq > read,
    );
  }
  /** Members who count for a message. */
  counted(author: string, position: number): string[] {
    return PEOPLE.filter(
      (user) =>
        user !== author && this.isIn(user) && this.stays.get(user)!.at(-1)!.from <= position,
    );
  }
  /** The first receipt of a user that reaches the position, within the stay in which they had it. */
  reached(user: string, position: number, read: boolean): number | undefined {
    const stay = this.had(user, position);
    return this.ticks.find(
      (tick) =>
        tick.users.includes(user) &&
        (tick.read || !read) &&
        Math.min(tick.upTo, tick.head) >= position &&
        tick.seq > position &&
        stay !== undefined &&
        tick.seq < stay.upTo,
    )?.at;
  }
  had(user: string, position: number): Stay | undefined {
    return this.stays.get(user)?.find(({ from, upTo }) => from <= position && position <= upTo);
  }
}

export const [FIRST, SECOND] = [groupNamed("first"), groupNamed("second")];

/** Entries as a broker would store them, and what they mean. */
export function play(run: readonly Step[]): {
  entries: Entry[];
  naive: ReadonlyMap<string, NaiveGroup>;
} {
  const entries: Entry[] = [];
  const naive = new Map([FIRST, SECOND].map((id) => [id, new NaiveGroup()]));
  let seq = 0;
  for (const step of run) {
    seq += 1 + (entries.length % 3);
    const id = step.first ? FIRST : SECOND;
    const of = naive.get(id)!;
    const entry = stored(groupMailbox(id), of, step, seq);
    if (entry !== undefined) entries.push(entry);
  }
  return { entries, naive };
}

/** Undefined: the group would not have accepted it. */
function stored(
  group: ReturnType<typeof groupMailbox>,
  of: NaiveGroup,
  step: Step,
  seq: number,
): Entry | undefined {
  const everybody = [...PEOPLE, STRANGER];
  const who = everybody[step.who] ?? "";
  const whom = [...new Set(step.whom.map((i) => everybody[i] ?? ""))];
  const accept = (entry: Entry, more: Partial<Happened> = {}): Entry => {
    of.facts.push({ seq, at: entry.at, ...more });
    return entry;
  };
  const enter = (users: readonly string[]): void => {
    for (const user of users)
      of.stays.set(user, [...(of.stays.get(user) ?? []), { from: seq, upTo: Infinity }]);
  };
  if (of.facts.length === 0) {
    enter(["alice", "bob"]);
    return accept(group.created(seq, ["alice", "bob"]));
  }
  switch (step.what) {
    case "said":
      if (!of.isIn(who)) return undefined;
      return accept(group.said(seq, who, whom), {
        author: who,
        mentions: whom.filter((user) => of.isIn(user)),
      });
    case "added": {
      const users = whom.filter((user) => user !== STRANGER && !of.isIn(user));
      if (users.length === 0) return undefined;
      enter(users);
      return accept(group.changed(seq, who, { do: "add", users }));
    }
    case "removed":
    case "left": {
      const stay = of.stays.get(who)?.at(-1);
      if (stay?.upTo !== Infinity) return undefined;
      stay.upTo = seq;
      const how = step.what === "removed" ? "remove" : "leave";
      return accept(group.changed(seq, who, { do: how, user: who }));
    }
    case "described":
      return accept(group.changed(seq, who, { do: "describe", name: `n${seq}` }));
    case "asked":
      return group.asked(seq, who, of.stays.get(who)?.at(-1)?.from ?? 0, "s".repeat(22));
    case "gathered": {
      const marks: [number, string[]][] = [[step.upTo, whom]];
      const head = of.facts.at(-1)?.seq ?? 0;
      const entry = group.gathered(seq, step.read ? { read: marks } : { delivered: marks });
      const users = whom.filter((user) => of.isIn(user));
      of.ticks.push({ seq, at: entry.at, head, upTo: step.upTo, read: step.read, users });
      return entry;
    }
  }
}
