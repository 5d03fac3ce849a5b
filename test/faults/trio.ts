import { expect, onTestFinished } from "vitest";
import type { Frame, Reachable } from "../support/device.ts";
import { GroupMember } from "../support/groupmember.ts";
import { PATIENCE } from "../support/patience.ts";
import { until } from "./support.ts";

/** Does a stay of the user begin with it? */
const begins = ({ event: { change } }: Frame, user: string): boolean =>
  [...(change?.members ?? []), ...(change?.users ?? [])].includes(user);

/** Entries as both may say them: of the first one of a stay `prev` may be its seq less one (docs/protocol.md). */
const comparable = (shown: readonly Frame[], user: string): Frame[] =>
  shown.map((frame) =>
    begins(frame, user) ? { ...frame, prev: Number(frame["seq"]) - 1 } : frame,
  );

/** The entries, of those that a member is shown who is there all the time, that somebody may see. */
function allowed(all: readonly Frame[], user: string): Frame[] {
  let isIn = false;
  return all.filter((frame) => {
    const {
      event: { change },
    } = frame;
    const wasIn = isIn;
    if (change?.do === "remove" && change.user === user) isIn = false;
    if (begins(frame, user)) isIn = true;
    return wasIn || isIn;
  });
}

const cidsOf = (shown: readonly Frame[], user: string): string[] =>
  shown.flatMap(({ event }) => ((event.author ?? event.by) === user ? [event.cid as string] : []));

/** Three people in one group: its admin, one who is there all the time, and one who is removed and comes back. */
export class Trio {
  readonly anna: GroupMember;
  readonly ben: GroupMember;
  readonly cleo: GroupMember;
  readonly all: readonly [GroupMember, GroupMember, GroupMember];

  /** Each at a server, which may be the same. */
  constructor(ofAnna: Reachable, ofBen: Reachable, ofCleo: Reachable) {
    this.anna = new GroupMember(ofAnna, "anna");
    this.ben = new GroupMember(ofBen, "ben");
    this.cleo = new GroupMember(ofCleo, "cleo");
    this.all = [this.anna, this.ben, this.cleo];
    onTestFinished(() => this.all.forEach((each) => each.leave()));
  }

  /** Makes the group. */
  async begin(): Promise<void> {
    this.anna.ask({ do: "create", name: "Storm", members: ["ben", "cleo"] });
    await until(() => this.all.every(({ shown }) => shown.length > 0));
  }

  /** Begins a storm of messages and changes. Returns when some are acknowledged: some are under way then, and most are not said yet. */
  async storm(): Promise<void> {
    const before = this.#stored;
    for (let i = 0; i < 4; i++) {
      for (const each of this.all) this.#says(each, 5);
      this.anna.ask({ do: "remove", user: "cleo" });
      for (const each of this.all) this.#says(each, 3);
      this.anna.ask({ do: "describe", about: `${before}, ${i}` });
      this.anna.ask({ do: "add", users: ["cleo"] });
    }
    await until(() => this.#stored > before + 20);
  }

  /** Until all that was said is stored, and decided, and everybody has seen the end of it. */
  async calm(): Promise<void> {
    await until(() => this.all.every(({ isCalm }) => isCalm));
    expect(this.all.flatMap(({ wrong }) => wrong)).toEqual([]);
    const last = this.anna.write("the end");
    const has = ({ shown }: GroupMember): boolean =>
      shown.some(({ event }) => event.author === "anna" && event.cid === last);
    await until(() => this.all.every(has));
    const undecided = (): string[] => {
      const known = new Set(cidsOf(this.anna.shown, "cleo"));
      return this.cleo.stored.filter((cid) => !known.has(cid) && !this.cleo.refused.has(cid));
    };
    await expect.poll(undecided, PATIENCE).toEqual([]);
  }

  /** Each was shown what it may see, once, in one order, and nothing that was acknowledged is missing. */
  expectOneOrder(): void {
    const { anna, ben, cleo } = this;
    expect(this.all.flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(ben.shown).toEqual(anna.shown);
    const visible = allowed(anna.shown, "cleo");
    expect(comparable(cleo.shown, "cleo")).toEqual(comparable(visible, "cleo"));
    expect(cleo.shown.length).toBeLessThan(anna.shown.length);
    expect(ben.refused).toEqual(new Map());
    // A member who is there all the time is never refused; what is acknowledged is there once, in the order in which it was said.
    expect(cidsOf(anna.shown, "ben")).toEqual(ben.stored);
    expect(cidsOf(anna.shown, "anna")).toEqual(anna.stored.filter((cid) => !anna.refused.has(cid)));
    expect(cidsOf(anna.shown, "cleo")).toEqual(cleo.stored.filter((cid) => !cleo.refused.has(cid)));
    expect(new Set(cleo.refused.values())).toEqual(new Set(["not_found"]));
  }

  #says(each: GroupMember, times: number): void {
    for (let n = 0; n < times; n++) each.write(`${each.user} says`);
  }

  get #stored(): number {
    return this.all.reduce((sum, each) => sum + each.stored.length, 0);
  }
}
