import { describe, expect, test } from "vitest";
import { groupHouse } from "./house.ts";
import { words } from "./words.ts";

/** A group with these users, and so many messages behind that. */
function group(users: readonly string[], messages = 0) {
  const house = groupHouse();
  const { log, spread } = house;
  for (const joined of users) spread(log.append("g-1", { joined }));
  for (let n = 0; n < messages; n++) spread(log.append("g-1"));
  return house;
}

describe("a session whose user is in a group", () => {
  test("[G8] is told where it begins, what it has missed, that this is all, and then what happens", async () => {
    const { log, clock, spread, device } = group(["ann"], 2);
    const ann = device("ann");
    ann.connect();
    await clock.pass(5_000);
    spread(log.append("g-1"));
    await clock.pass(1_000);
    expect(words(ann)).toEqual(["follows 0-3", "1", "2", "3", "caughtUp 3", "4"]);
  });

  test("[G3] is told of nothing behind the fact that ends it, though its actor has not heard", async () => {
    const { log, clock, spread, device } = group(["ann", "ben"]);
    const ann = device("ann");
    ann.connect();
    await clock.pass(5_000);
    for (const change of [{ ended: "ann" }, {}]) spread(log.append("g-1", change));
    await clock.pass(5_000);
    expect(words(ann).slice(-2)).toEqual(["3", "unfollows 3"]);
    expect(ann.wrong).toEqual([]);
  });

  test("[G3] and who comes back with a cursor at the very end, or a forged one, is told nothing: the ends are walked back", async () => {
    const { log, clock, spread, device, groups, asked } = group(["ann", "ben"], 1);
    spread(log.append("g-1", { ended: "ann" }));
    for (let n = 0; n < 3; n++) spread(log.append("g-1"));
    spread(log.append("g-1", { ended: "ben" }));
    await clock.pass(1_000);
    for (const seq of [4, 6]) {
      const ann = device("ann");
      ann.connect([{ mailbox: "g-1", epoch: "e", seq, on: { seq, at: seq } }]);
      // Her actor has not heard that she was removed.
      const ranges = [{ group: "g-1", from: 1 }];
      groups.told(ann.on, { kind: "follow", sessions: [], seq: 9, ranges, asked: true });
      await clock.pass(1_000);
      expect(words(ann)).toEqual([]);
    }
    // Once for all.
    expect(asked.ends).toBe(1);
  });

  test("[G8] and that is more than 500 behind is sent to the views, and goes on from the last event", async () => {
    const { log, clock, spread, device } = group(["ann"], 600);
    // All that is in the first of three memberships: the views have them, too.
    const [out, back] = [{ ended: "ann" }, { joined: "ann" }];
    for (const change of [out, back, out, back, {}]) spread(log.append("g-1", change));
    const ann = device("ann");
    ann.connect([{ mailbox: "g-1", epoch: "e", seq: 0 }]);
    await clock.pass(5_000);
    spread(log.append("g-1"));
    await clock.pass(1_000);
    expect(words(ann)).toEqual(["follows 0-606", "resync too-long 606", "606", "607"]);
  });

  test("[G8] and whose cursor lies beyond the head begins anew: the head was looked at behind an own entry", async () => {
    const { clock, device, gathered } = group(["ann"], 2);
    const ann = device("ann");
    ann.connect([{ mailbox: "g-1", epoch: "e", seq: 90, on: { seq: 90, at: 90 } }]);
    await clock.pass(10_000);
    expect(words(ann)).toEqual(["follows 0-3", "resync rolled-back 3", "3"]);
    expect(gathered).toMatchObject([{ tick: { delivered: [], read: [] } }]);
  });

  test("[G9] and that begins so, too, if a gap of the group is filled before the head was looked at", async () => {
    for (let ms = 1; ms < 30; ms++) {
      const { log, clock, device, beat } = group(["ann"], 2);
      const ann = device("ann");
      ann.connect([{ mailbox: "g-1", epoch: "e", seq: 90, on: { seq: 90, at: 90 } }]);
      await clock.pass(ms);
      log.append("g-1");
      beat("g-1");
      await clock.pass(10_000);
      expect(words(ann)[1], `${ms} ms later`).toMatch(/^resync rolled-back/);
    }
  });

  test("[G3] and one that is sent to the views is sent no further than the group has let its user stay, though the actor has not heard", async () => {
    const { log, clock, spread, device, groups } = group(["ann", "ben"], 1);
    spread(log.append("g-1", { ended: "ann" }));
    for (let n = 0; n < 3; n++) spread(log.append("g-1"));
    await clock.pass(1_000);
    const ann = device("ann");
    ann.connect([{ mailbox: "g-1", epoch: "before", seq: 1 }]);
    const ranges = [{ group: "g-1", from: 1 }];
    groups.told(ann.on, { kind: "follow", sessions: [], seq: 9, ranges, asked: true });
    await clock.pass(1_000);
    expect(words(ann).slice(1)).toEqual(["resync epoch 4", "4", "unfollows 4"]);
  });

  test.each([
    ["life", { epoch: "before", seq: 2 }, "epoch"],
    ["generation", { epoch: "e", seq: 2, on: { seq: 2, at: 2, generation: 1 } }, "rolled-back"],
  ])("[M3] with a cursor of another %s of the log begins anew", async (_, since, reason) => {
    const { clock, device } = group(["ann"], 2);
    const ann = device("ann");
    ann.connect([{ mailbox: "g-1", ...since }]);
    await clock.pass(5_000);
    expect(words(ann)).toEqual(["follows 0-3", `resync ${reason} 3`, "3"]);
  });

  test("[G8] and one whose cursor comes in doubt while the head is looked at for another begins, too", async () => {
    const ahead = (mailbox: string) => ({ mailbox, epoch: "e", seq: 90, on: { seq: 90, at: 90 } });
    for (let ms = 1; ms < 30; ms++) {
      const { log, clock, spread, device } = group(["ann"], 2);
      spread(log.append("g-2", { joined: "ann" }));
      const [first, second] = [device("ann"), device("ann")];
      first.connect([ahead("g-1")]);
      await clock.pass(ms);
      second.connect([ahead("g-2")]);
      await clock.pass(15_000);
      for (const { cursors } of [first, second])
        expect([...cursors.keys()].toSorted(), `${ms} ms later`).toEqual(["g-1", "g-2"]);
    }
  });

  test("[G9] is told what it follows when somebody runs its user's actor again, however long nobody did", async () => {
    const { clock, device, world, asked } = group(["ann"], 1);
    world.isUnhosted = true;
    const ann = device("ann");
    ann.cursors.set("g-1", 1);
    ann.connect();
    await clock.pass(300_000);
    expect(words(ann)).toEqual([]);
    expect(asked.follows).toBeLessThan(45);
    world.isUnhosted = false;
    await clock.pass(31_000);
    expect(words(ann)).toEqual(["follows 1-2", "2", "caughtUp 2"]);
  });

  test("[G9] is told of a group whose head could not be read while nobody was there", async () => {
    const { clock, device, world } = group(["ann"], 1);
    const ann = device("ann");
    ann.cursors.set("g-1", 1);
    world.isFailing = true;
    ann.connect();
    await clock.pass(500);
    ann.leave();
    await clock.pass(5_000);
    world.isFailing = false;
    ann.connect();
    await clock.pass(5_000);
    expect(words(ann)).toEqual(["follows 1-2", "2", "caughtUp 2"]);
  });

  test("[G3] goes on from its cursor, though a host that has just begun answers before it has folded what it has missed", async () => {
    const { log, clock, device, groups, world } = group(["ann"], 2);
    world.isUnhosted = true;
    const ann = device("ann");
    ann.cursors.set("g-1", 2);
    ann.connect();
    await clock.pass(100);
    const word = { kind: "follow", sessions: [] } as const;
    groups.told(ann.on, { ...word, seq: 0, ranges: [], asked: true });
    expect(groups.standing(ann.on, "g-1")).toBeUndefined();
    world.isUnhosted = false;
    // The session's own opening.
    groups.told(ann.on, { ...word, seq: log.seq, ranges: [{ group: "g-1", from: 1 }] });
    await clock.pass(1_000);
    expect(words(ann)).toEqual(["follows 2-3", "3", "caughtUp 3"]);
    expect(ann.wrong).toEqual([]);
  });

  test("[G3] that has missed both a message and its user's removal is told them, once its own mailbox has shown a gap", async () => {
    const { log, clock, device, groups } = group(["ann", "ben"]);
    const ann = device("ann");
    ann.connect();
    await clock.pass(5_000);
    for (const change of [{}, { ended: "ann" }, {}]) log.append("g-1", change);
    groups.caughtUp(ann.on);
    await clock.pass(5_000);
    expect(words(ann).slice(-3)).toEqual(["3", "4", "unfollows 4"]);
  });

  test("[G9] is told what was lost on its way when its host says that the group has moved", async () => {
    const { log, clock, spread, device, world, beat } = group(["ann"]);
    const ann = device("ann");
    ann.connect();
    await clock.pass(5_000);
    world.isDeaf = true;
    spread(log.append("g-1"));
    await clock.pass(5_000);
    expect(words(ann).at(-1)).toBe("caughtUp 1");
    beat("g-1");
    await clock.pass(1_000);
    expect(words(ann).at(-1)).toBe("2");
  });
});

test("[G8] two hundred sessions that come back at once are read for once", async () => {
  const users = Array.from({ length: 200 }, (_, n) => `u${n}`);
  const { clock, device, asked } = group(users, 5);
  const devices = users.map(device);
  for (const each of devices) {
    each.cursors.set("g-1", 200);
    each.connect();
  }
  const told = (): number => devices.filter(({ frames }) => frames.length > 0).length;
  let [most, turns, mostTurns] = [0, 0, 0];
  const { turn } = clock;
  clock.turn = (run) => {
    mostTurns = Math.max(mostTurns, ++turns);
    turn(() => {
      turns--;
      const before = told();
      run();
      most = Math.max(most, told() - before);
    });
  };
  await clock.pass(5_000);
  // Some of them are told at a time, and no others in the same turn of the loop.
  expect([most, mostTurns]).toEqual([64, 1]);
  expect(new Set(devices.map((each) => words(each).join(" ")))).toEqual(
    new Set(["follows 200-205 201 202 203 204 205 caughtUp 205"]),
  );
  expect(asked).toMatchObject({ heads: 1, readings: ["g-1 200"] });
});
