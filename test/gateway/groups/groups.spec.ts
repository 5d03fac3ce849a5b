import { describe, expect, test } from "vitest";
import { G1, G2, live, told, WORD } from "./ann.ts";
import { words } from "./words.ts";

/** A group of another stream. */
const G3 = { group: "g-3", from: 5 } as const;

describe("[G9] the hosts of groups are told", () => {
  test("at once who is followed here for the first time, and of all each 10 s", async () => {
    const { ann, ben, device, groups, clock, answer, audiences } = await live();
    const look = (): (readonly string[])[] => {
      groups.look();
      return audiences.splice(0);
    };
    expect(look()).toEqual([["g-1"]]);
    expect(look()).toEqual([]);
    answer(G1, G2);
    const other = device("ann");
    other.connect();
    groups.told(other.on, { ...WORD, ranges: [G1, G2] });
    expect(look()).toEqual([["g-2"]]);
    expect(look()).toEqual([]);
    await clock.pass(9_999);
    expect(look()).toEqual([]);
    await clock.pass(1);
    expect(look()).toEqual([["g-1", "g-2"]]);
    for (const each of [ann, ben, other]) each.leave();
    expect(look()).toEqual([]);
  });

  test("of 1,024 groups in one word, and by no gateway that was declared dead", async () => {
    const { ann, groups, clock, world, audiences, say } = told();
    ann.connect();
    say(Array.from({ length: 1_025 }, (_, n) => ({ group: `g-${n + 4}`, from: 1 })));
    world.isDead = true;
    groups.look();
    expect(audiences).toEqual([]);
    world.isDead = false;
    await clock.pass(10_000);
    groups.look();
    expect(audiences.map((each) => each.length)).toEqual([1_024, 1]);
    expect(audiences[1]).toEqual(["g-1028"]);
  });
});

test("[G8] a group is followed as long as somebody is there who follows it", async () => {
  const { log, ann, ben, groups, clock, spread } = await live();
  ben.leave();
  const pass = async (): Promise<void> => {
    for (const ms of [1_000, 61_000, 1_000]) {
      await clock.pass(ms);
      groups.look();
    }
  };
  await pass();
  spread(log.append("g-1"));
  await clock.pass(100);
  expect(words(ann).at(-1)).toBe("5");
  ann.leave();
  await pass();
  expect(groups.size).toBe(0);
});

test("[G9] a stream's groups are named, and what the log says of them is read; of others nothing is", async () => {
  const { log, ann, groups, clock, answer, asked } = await live();
  log.append("g-3", { joined: "ann" });
  answer(G1, G3);
  await clock.pass(1_000);
  expect([groups.of(0), groups.of(1), groups.of(2)]).toEqual([["g-1"], ["g-3"], []]);
  const { readings } = asked;
  const before = readings.length;
  for (const group of ["g-1", "g-2"]) groups.learn(group, log.append(group));
  await clock.pass(1_000);
  expect(words(ann).at(-1)).toBe("6");
  // Nor do hosts say it of others.
  groups.heard(["g-1", "g-2"].map((group) => log.append(group)));
  await clock.pass(1_000);
  expect(words(ann).at(-1)).toBe("8");
  expect(readings.slice(before)).toEqual(["g-1 4", "g-1 6"]);
});

test("[G3] of a stream that begins a generation nothing is known any more, of others all", async () => {
  const { log, ann, ben, groups, clock, answer, hearers, spread } = await live();
  log.append("g-3", { joined: "ann" });
  answer(G1, G3);
  await clock.pass(1_000);
  expect(groups.beginAnew((name) => name === "g-1")).toEqual([ben.on, ann.on]);
  expect([groups.size, [...hearers.keys()]]).toEqual([1, ["g-3"]]);
  spread(log.append("g-3"));
  await clock.pass(1_000);
  expect(words(ann).at(-1)).toBe("6");
});
