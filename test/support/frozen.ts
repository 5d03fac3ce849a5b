import { freezing, thawing } from "../../src/actors/frozen.ts";
import type { UserState } from "../../src/actors/user.ts";

/** Does in one go what a host does in pieces. */
function atOnce<T>(work: Generator<number, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** A state as the text of a snapshot. */
export function freeze(state: UserState): string;
export function freeze(state: UserState, charsMax: number): string | undefined;
export function freeze(state: UserState, charsMax = Infinity): string | undefined {
  return atOnce(freezing(state, charsMax));
}

/** The state that a snapshot is of. @throws Error where it is not a whole one. */
export const thaw = (text: string): UserState => atOnce(thawing(text));
