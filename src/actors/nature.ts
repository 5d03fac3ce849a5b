import type { Entry } from "../events/entry.ts";
import type { GroupMail, Mail, Recorded } from "../events/event.ts";
import { isGroup } from "../events/messageid.ts";
import { positionOf } from "../events/position.ts";
import { freezing, thawing } from "./frozen.ts";
import { evolveGroup } from "./group/evolve.ts";
import { freezingGroup, thawingGroup } from "./group/frozengroup.ts";
import { newGroup, type GroupState } from "./group/groupstate.ts";
import { evolve, newcomer, type Telling, type UserState } from "./user.ts";

export type ActorState = UserState | GroupState;

/** Nature: what the mailbox of an owner is folded by, and how a state of it is kept. */
interface Nature<S> {
  /** The state before the first entry. */
  readonly initial: S;
  evolve(before: S, mail: Recorded): { readonly state: S; readonly tellings: readonly Telling[] };
  /** The state when an entry is left out. */
  passing(before: S, entry: Entry): S;
  /** As text in pieces, as `frozen.ts` says. */
  freezing(state: S, charsMax: number): Generator<number, string | undefined>;
  thawing(text: string): Generator<number, S>;
  /** How many others it knows: what a snapshot of it costs. */
  size(state: S): number;
}

const NOBODY: readonly Telling[] = [];

const USER: Nature<UserState> = {
  initial: newcomer,
  evolve(before, mail) {
    const { state, telling } = evolve(before, mail as Mail);
    return { state, tellings: telling === undefined ? NOBODY : [telling] };
  },
  passing: (before, { seq }) => ({ ...before, seq }),
  freezing,
  thawing,
  size: ({ peers }) => peers.size,
};

const GROUP: Nature<GroupState> = {
  initial: newGroup,
  evolve: (before, mail) => evolveGroup(before, mail as GroupMail),
  // A fact that cannot be read is the last of its subject all the same: the next one stands behind it.
  passing: (before, { kind, seq, generation = 0 }) =>
    kind === "group" ? { ...before, seq, head: positionOf(generation, seq) } : { ...before, seq },
  freezing: freezingGroup,
  thawing: thawingGroup,
  size: ({ people }) => people.size,
};

/** An owner's state is always of its own nature. */
export const natureOf = <S extends ActorState>(owner: string): Nature<S> =>
  (isGroup(owner) ? GROUP : USER) as unknown as Nature<S>;
