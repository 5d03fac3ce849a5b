import { expect, test } from "vitest";
import { People } from "../../src/gateway/session/people.ts";
import { limits } from "./allowed.ts";

const NOW = 1_000_000;

test("somebody who acts all the time is news every two seconds", () => {
  const people = new People(limits);
  people.enter("alice", "d", NOW);
  expect(people.isNews("alice", NOW)).toBe(true);
  expect(people.isNews("alice", NOW + 1_999)).toBe(false);
  expect(people.isNews("alice", NOW + 2_000)).toBe(true);
});

test("a user with a new device for each hello has as many hellos as any other, and no more is remembered", () => {
  const people = new People(limits);
  let entered = 0;
  for (let n = 0; n < 500; n++) {
    if (people.enter("mallory", `d${n}`, NOW) !== undefined) continue;
    people.leave("mallory", `d${n}`);
    entered++;
  }
  expect(entered).toBe(limits.userHellosBurst);
});
