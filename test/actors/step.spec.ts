import { expect, test } from "vitest";
import { step } from "../../src/actors/step.ts";
import { evolve, newcomer, type UserState } from "../../src/actors/user.ts";
import { mailbox } from "../support/mailbox.ts";
import { mailOf } from "./support.ts";

const entry = mailbox("alice").sent(7, "bob");

/** A state at which the rule fails so many times. */
function failing(times: number, error: unknown = new TypeError("no number")) {
  const tries = { count: 0 };
  const state: UserState = {
    ...newcomer,
    get sends() {
      if (++tries.count <= times) throw error;
      return newcomer.sends;
    },
  };
  return { tries, state };
}

test("[A7] a rule that fails is tried three times, and what it says then counts", () => {
  const { state } = evolve(newcomer, mailOf(entry));
  const folded = step(failing(2).state, entry);
  expect(folded.state).toEqual(state);
  expect(folded.tellings).toHaveLength(1);
  expect(folded.aside).toBeUndefined();
});

test.each([
  ["TypeError", new TypeError("no number")],
  ["unknown", "a text"],
])("[A7] an entry at which it fails each time is set aside, by the name %s", (reason, error) => {
  const { tries, state } = failing(3, error);
  expect(step(state, entry)).toEqual({
    state: { ...newcomer, seq: 7 },
    tellings: [],
    aside: { why: "bug", reason },
    error,
  });
  // Three times by the rule, and once as the state is copied.
  expect(tries.count).toBe(4);
});
