import { isGroup } from "../events/messageid.ts";
import { Docket } from "./group/docket.ts";
import type { GroupState } from "./group/groupstate.ts";
import type { UserState } from "./user.ts";

/** The actor of a user, or of a group. */
export type Actor = UserActor | GroupActor;

export interface UserActor extends Resident {
  readonly is: "user";
  state: UserState;
}

export interface GroupActor extends Resident {
  readonly is: "group";
  state: GroupState;
  /** Its decisions on their way into the log. */
  readonly docket: Docket;
}

/** An actor while it is in memory. */
interface Resident {
  readonly owner: string;
  /** Copies asked for and not yet stored: until they are, no snapshot may be written. */
  pending: number;
  /** Entries folded since the last snapshot … */
  unsaved: number;
  /** … from where on the mailbox would be read … */
  since: number;
  /** … and the place of that snapshot. */
  savedAt: number;
  usedAt: number;
}

/** Is a fact of the group owed? Nobody else would state it before the next start, which loads the group by the copy behind the checkpoint. */
export const isOwing = (actor: Actor): boolean =>
  actor.is === "group" && actor.state.owed.length > 0;

/** An actor that has just been loaded, or begins: its state is of its owner's nature. */
export function actorOf(
  owner: string,
  loaded: Pick<Actor, "state" | "unsaved" | "since" | "savedAt" | "usedAt">,
): Actor {
  const resident = { owner, ...loaded, pending: 0 };
  return isGroup(owner)
    ? { ...resident, is: "group", state: loaded.state as GroupState, docket: new Docket() }
    : { ...resident, is: "user", state: loaded.state as UserState };
}
