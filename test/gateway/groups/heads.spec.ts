import { describe, expect, test } from "vitest";
import { ANSWER, at, G1, G2, live, told } from "./ann.ts";
import { words } from "./words.ts";

describe("[G9] heads of groups", () => {
  test("are asked for together, and one question of a stream at a time", async () => {
    const { ann, clock, asked, answer } = told();
    ann.connect();
    answer(G1, G2);
    await clock.pass(2);
    answer({ group: "g-4", from: 3 }, { group: "g-5", from: 3 });
    await clock.pass(500);
    expect([asked.heads, asked.headsAtOnce]).toEqual([2, 1]);
  });

  test("of several streams are not waited for by one another", async () => {
    const { log, ann, clock, asked, answer } = told();
    log.append("g-3", { joined: "ann" });
    ann.connect();
    answer(G1, { group: "g-3", from: 4 });
    await clock.pass(500);
    expect([asked.heads, asked.headsAtOnce]).toEqual([2, 2]);
    expect(words(ann).length).toBeGreaterThan(1);
  });

  test.each([
    ["could not be read", "isFailing"],
    ["the log has nothing of", "isBlank"],
  ] as const)("that %s are asked for each second, as long as somebody follows", async (_, what) => {
    const { ann, clock, asked, answer, world, failures } = told();
    world[what] = true;
    ann.connect();
    answer(G1, G2);
    await clock.pass(2_900);
    expect(asked.heads).toBe(3);
    expect(new Set(failures)).toEqual(new Set(["heads of groups not read; they are read again"]));
    world[what] = false;
    await clock.pass(200);
    expect(words(ann)[0]).toBe("follows 0-3,follows 1-2");
    expect([asked.heads, failures.length]).toEqual([4, 3]);
  });

  test.each(["isFailing", "isBlank"] as const)(
    "are asked for once more at most where nobody follows any more: %s",
    async (what) => {
      const { ann, clock, asked, answer, world, failures } = told();
      world[what] = true;
      ann.connect();
      answer(G1);
      await clock.pass(500);
      ann.leave();
      await clock.pass(5_000);
      expect([asked.heads, failures.length]).toEqual([2, what === "isBlank" ? 1 : 2]);
    },
  );
});

describe("[M3] a cursor beyond the head of its group", () => {
  test.each([
    [
      "the log cannot be asked",
      "isFailing",
      ["a cursor beyond its group not looked at; it is again"],
    ],
    ["the log has nothing of the group", "isBlank", []],
  ] as const)("is looked at again where %s", async (_, what, told_) => {
    const { device, groups, clock, world, failures, gathered } = await live();
    const other = device("ann");
    other.connect([at("g-1", 90)]);
    world[what] = true;
    groups.told(other.on, { ...ANSWER, ranges: [G1] });
    await clock.pass(1_000);
    expect([words(other), failures]).toEqual([[], told_]);
    world[what] = false;
    await clock.pass(2_500);
    expect(words(other)).toEqual(["follows 0-4", "resync rolled-back 4", "4"]);
    const count = gathered.length;
    await clock.pass(10_000);
    expect(gathered.length).toBe(count);
    expect(gathered.at(-1)?.tick).toMatchObject({ gateway: "gw", delivered: [], read: [] });
  });
});
