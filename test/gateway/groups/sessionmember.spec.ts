import { expect, test } from "vitest";
import { GroupCourse } from "../../../src/gateway/groups/groupcourse.ts";
import { RingMemory } from "../../../src/gateway/groups/ring.ts";
import { SessionMember } from "../../../src/gateway/groups/sessionmember.ts";
import { groupHouse } from "./house.ts";

test("[G8] a session that goes in and out of groups for weeks keeps the newest of those that it has left, and all that it is in", async () => {
  const { clock, device } = groupHouse();
  const ann = device("ann");
  ann.connect();
  await clock.pass(100);
  const member = new SessionMember(ann.on, "ann", []);
  const memory = new RingMemory(1_024);
  for (let n = 0; n < 3_000; n++) {
    const seat = member.take(new GroupCourse(`g-${n}`, 0, memory));
    if (n % 10 > 0) seat.is = "over";
  }
  const kept = [...member.seats.keys()].map((group) => Number(group.slice(2)));
  expect(kept.length).toBe(1_024);
  expect(kept.filter((n) => n % 10 === 0).length).toBe(300);
  expect(kept.filter((n) => n % 10 > 0)).toEqual(
    Array.from({ length: 3_000 }, (_, n) => n)
      .filter((n) => n % 10 > 0)
      .slice(-724),
  );
});
