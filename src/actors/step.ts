import { open, whyUnreadable, type Aside, type Entry } from "../events/entry.ts";
import type { Mail } from "../events/event.ts";
import { evolve, type Evolved, type UserState } from "./user.ts";

/** The rules are tried so often at an entry before it is set aside: it may have been the machine. */
const TRIES_MAX = 3;

/** An actor after one entry of its mailbox. */
export interface Step extends Evolved {
  /** Set when the entry is left out: of the state only `seq` has moved. */
  readonly aside?: Aside;
  /** The error of the rule, when it is a bug of ours. */
  readonly error?: unknown;
}

/** Folds an entry, whatever it is. Never throws: the entries behind it must go on. */
export function step(before: UserState, entry: Entry): Step {
  let mail: Mail;
  try {
    mail = open(entry) as Mail;
  } catch (error) {
    return setAside(before, entry, { why: "unreadable", reason: whyUnreadable(error) });
  }
  for (let tries = 1; ; tries++) {
    try {
      return evolve(before, mail);
    } catch (error) {
      if (tries < TRIES_MAX) continue;
      const reason = error instanceof Error ? error.name : "unknown";
      return { ...setAside(before, entry, { why: "bug", reason }), error };
    }
  }
}

const setAside = (before: UserState, { seq }: Entry, aside: Aside): Step => ({
  state: { ...before, seq },
  aside,
});
