import { expect, test } from "vitest";
import { actorOf } from "../../src/actors/actor.ts";
import { newGroup } from "../../src/actors/group/groupstate.ts";
import { lostOf } from "../../src/actors/lost.ts";
import { newcomer, type UserState } from "../../src/actors/user.ts";

const RESIDENT = { unsaved: 0, since: 0, savedAt: 0, usedAt: 0 };
const session = (sessionId: string, gatewayId: string) => ({
  sessionId,
  gatewayId,
  deviceId: "d",
});
const user = (owner: string, state: Partial<UserState>) =>
  actorOf(owner, { ...RESIDENT, state: { ...newcomer, ...state } });
const bounds = { isDead: (gateway: string) => gateway === "dead", socketsPerUser: 2 };
const ends = (actors: Parameters<typeof lostOf>[0]) =>
  lostOf(actors, bounds).map(({ owner, closing: { sessionId, reason } }) => [
    owner,
    sessionId,
    reason,
  ]);

test("[O11][M16] sessions of a dead gateway are closed, also where their end waits for its word, and no group has any", () => {
  const lost = { ...session("lost", "dead"), end: { reason: "gateway-lost", at: 1 } as never };
  const actors = [
    user("bob", {
      sessions: [session("phone", "dead"), session("laptop", "gw")],
      ending: [session("tab", "dead"), session("old", "gw"), lost],
    }),
    actorOf("g-0123456789012345678901", { ...RESIDENT, state: newGroup }),
    user("carol", { sessions: [session("pad", "dead")] }),
  ];
  expect(ends(actors)).toEqual([
    ["bob", "phone", "gateway-lost"],
    ["bob", "tab", "gateway-lost"],
    ["carol", "pad", "gateway-lost"],
  ]);
});

test("[D7] of a user's sessions those beyond the limit are closed, and of a dead gateway for that", () => {
  const sessions = [
    session("a", "gw"),
    session("b", "gw"),
    session("c", "gw"),
    session("d", "dead"),
  ];
  expect(ends([user("bob", { sessions })])).toEqual([
    ["bob", "c", "limit"],
    ["bob", "d", "gateway-lost"],
  ]);
});

test("in one look no more than a thousand are closed", () => {
  const owners = Array.from({ length: 600 }, (_, i) =>
    user(`user-${i}`, { sessions: [session("a", "dead"), session("b", "dead")] }),
  );
  const lost = ends(owners);
  expect(lost).toHaveLength(1_000);
  expect(lost.at(-1)).toEqual(["user-499", "b", "gateway-lost"]);
  expect(ends(owners.slice(0, 400))).toHaveLength(800);
});
