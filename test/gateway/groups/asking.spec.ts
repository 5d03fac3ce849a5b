import { describe, expect, test } from "vitest";
import { at, G1, G2, live, told, WORD } from "./ann.ts";
import { words } from "./words.ts";

describe("[G9] a session asks its user's actor what the user follows", () => {
  test("at once if its hello named cursors, and every 2 s; from the thirtieth time on every 30 s", async () => {
    const { ann, clock, asked } = told();
    ann.connect([at("g-1", 1)]);
    expect(asked.named).toEqual([["g-1"]]);
    await clock.pass(87_900);
    expect(asked.named).toHaveLength(30);
    await clock.pass(200);
    expect(asked.named).toHaveLength(31);
  });

  test("and if not, 2 s behind its opening, if nobody has said it", async () => {
    for (const count of [0, 1]) {
      const { ann, clock, asked, say, log } = told();
      ann.connect();
      if (count === 0) say([G1], log.seq);
      await clock.pass(1_900);
      expect(asked.named).toEqual([]);
      await clock.pass(200);
      expect(asked.named).toHaveLength(count);
    }
  });

  test("anew where its mailbox had a gap, as often as at first, and takes no older answer", async () => {
    const { ann, clock, asked, groups, say, answer } = told();
    ann.connect([at("g-1", 1)]);
    expect(groups.standing(ann.on, "g-3")).toBeUndefined();
    await clock.pass(90_000);
    answer(G1);
    expect(groups.standing(ann.on, "g-3")).toBe(false);
    Object.assign(ann.on.session, { cursor: { seq: 20, head: 20, filling: false } });
    const before = asked.named.length;
    for (const ms of [1_000, 59_000]) {
      groups.caughtUp(ann.on);
      await clock.pass(ms);
    }
    expect(asked.named).toHaveLength(before + 31);
    say([G1], 19, true);
    expect(groups.standing(ann.on, "g-3")).toBeUndefined();
    say([G1], 20, true);
    expect(groups.standing(ann.on, "g-3")).toBe(false);
  });

  test("until it has answered; other words are none where a cursor was named, and ask nothing", async () => {
    const { ann, clock, asked, say, answer } = told();
    ann.connect([at("g-1", 1)]);
    say([G1]);
    await clock.pass(2_100);
    expect(asked.named).toHaveLength(2);
    answer(G1);
    say([G1]);
    await clock.pass(100_000);
    expect(asked.named).toHaveLength(2);
  });

  test("again at once when the actor has come as far as the session, if its answer was older", async () => {
    const { ann, asked, say } = told();
    ann.connect([at("g-1", 1)]);
    say([], 0);
    say([G1]);
    expect(asked.named).toHaveLength(1);
    say([], 0, true);
    for (let n = 0; n < 2; n++) say([G1]);
    expect(asked.named).toHaveLength(2);
  });

  test("by the groups of cursors that nobody has taken up, and those that it is in", async () => {
    const { ann, asked, groups, answer } = told();
    ann.connect([at("g-1", 1), at("g-3", 1)]);
    for (const upTo of [undefined, 3]) {
      answer({ ...G1, ...(upTo !== undefined && { upTo }) }, G2);
      groups.caughtUp(ann.on);
    }
    expect(asked.named.map((each) => each.toSorted())).toEqual([
      ["g-1", "g-3"],
      ["g-1", "g-2", "g-3"],
      ["g-2", "g-3"],
    ]);
  });

  test("unless its gateway was declared dead: then as soon as that is another", async () => {
    const { ann, clock, asked, world } = told();
    world.isDead = true;
    ann.connect([at("g-1", 1)]);
    await clock.pass(3_000);
    expect(asked.named).toEqual([]);
    world.isDead = false;
    await clock.pass(1_100);
    expect(asked.named).toHaveLength(1);
  });
});

test("[G8] a session that is gone is followed for and told no more, and one that is not welcomed not yet", async () => {
  const { ann, ben, clock, groups, asked, say, answer } = await live();
  const [count, heard] = [asked.named.length, words(ann).length];
  ben.leave();
  // One before it has an answer, the other before it is told.
  for (let n = 0; n < 2; n++) {
    ann.leave();
    ann.connect([at("g-1", 2)]);
  }
  answer(G1);
  const signal = (): void => expect.unreachable("it is gone");
  Object.assign(ann.on, { signal });
  ann.leave();
  groups.caughtUp(ann.on);
  groups.leave(ann.on);
  groups.claim(ann.on, "g-1", 4, true);
  say([G1]);
  groups.told(undefined, WORD);
  expect(groups.standing(ann.on, "g-1")).toBeUndefined();
  expect(groups.moved(ann.on)).toBeUndefined();
  expect(groups.beginAnew(() => true)).toEqual([]);
  for (const ms of [100_000, 61_000]) {
    await clock.pass(ms);
    groups.look();
  }
  expect([words(ann).length, asked.named.length, groups.size]).toEqual([heard, count + 2, 0]);
});

test("[G8] nor does one ask anything that was cut off while it was told of its groups", async () => {
  const { log, ann, clock, hearers, answer, say, asked } = await live();
  answer(G1, G2);
  await clock.pass(1_000);
  const count = asked.named.length;
  Object.assign(ann.on.wire, { share: () => ann.leave() });
  hearers.get("g-1")?.({ kind: "event", ...log.append("g-1"), members: 2, frame: "{}" });
  // It misses the other group, but is gone before that is found.
  say([G1]);
  await clock.pass(5_000);
  expect([ann.on.session.is, asked.named.length]).toEqual(["closed", count]);
});
