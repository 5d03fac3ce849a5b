import { open, whyUnreadable, type Aside, type Entry } from "../events/entry.ts";
import type { Recorded } from "../events/event.ts";
import { natureOf, type ActorState } from "./nature.ts";
import type { Telling } from "./user.ts";

/** The rules are tried so often at an entry before it is set aside: it may have been the machine. */
const TRIES_MAX = 3;
const NOBODY: readonly Telling[] = [];

/** An actor after one entry of its mailbox. */
export interface Step<S extends ActorState> {
  readonly state: S;
  /** Those who must be told. */
  readonly tellings: readonly Telling[];
  /** Set when the entry is left out: of the state only its place has moved. */
  readonly aside?: Aside;
  /** The error of the rule, when it is a bug of ours. */
  readonly error?: unknown;
}

/** Folds an entry, whatever it is. Never throws: the entries behind it must go on. */
export function step<S extends ActorState>(before: S, entry: Entry): Step<S> {
  const nature = natureOf<S>(entry.owner);
  let mail: Recorded;
  try {
    mail = open(entry);
  } catch (error) {
    return setAside(before, entry, { why: "unreadable", reason: whyUnreadable(error) });
  }
  for (let tries = 1; ; tries++) {
    try {
      return nature.evolve(before, mail);
    } catch (error) {
      if (tries < TRIES_MAX) continue;
      const reason = error instanceof Error ? error.name : "unknown";
      return { ...setAside(before, entry, { why: "bug", reason }), error };
    }
  }
}

const setAside = <S extends ActorState>(before: S, entry: Entry, aside: Aside): Step<S> => ({
  state: natureOf<S>(entry.owner).passing(before, entry),
  tellings: NOBODY,
  aside,
});
