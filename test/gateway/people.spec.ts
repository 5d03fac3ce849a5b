import { expect, test } from "vitest";
import type { GatewayLimits } from "../../src/gateway/session/limits.ts";
import { People } from "../../src/gateway/session/people.ts";

const limits = { hellosPerSecond: 5, hellosBurst: 20, socketsPerUser: 10 } as GatewayLimits;
const NOW = 1_000_000;

test("somebody who acts all the time is news every two seconds, also after a clock was set back", () => {
  const people = new People(limits);
  people.enter("alice", NOW);
  expect(people.isNews("alice", NOW)).toBe(true);
  expect(people.isNews("alice", NOW + 1_999)).toBe(false);
  expect(people.isNews("alice", NOW + 2_000)).toBe(true);
  expect(people.isNews("alice", NOW - 600_000)).toBe(true);
  expect(people.isNews("alice", NOW - 599_000)).toBe(false);
});
