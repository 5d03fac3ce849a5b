import { describe, expect, test } from "vitest";
import { ANSWER, at, G1, G2, live, told, WORD } from "./ann.ts";
import { words } from "./words.ts";

describe("[G3] words of the actor", () => {
  test.each([
    ["an answer and what is said behind it", ["answer", "word"]],
    ["an answer in place of what was said before", ["before", "answer", "word"]],
  ])("wait until the session's own mailbox has caught up: %s", async (_, order) => {
    const { ann, clock, groups, say } = told();
    ann.connect([at("g-1", 0)], false);
    const said = {
      before: () => say([G1], 7),
      answer: () => say([{ ...G1, upTo: 3 }], 8, true),
      // Of two words that come in the wrong order the newer one.
      word: () => [9, 8].forEach((seq) => say(seq === 9 ? [G2] : [], seq)),
    };
    for (const each of order) said[each as keyof typeof said]();
    await clock.pass(1_000);
    expect(words(ann)).toEqual([]);
    groups.caughtUp(ann.on);
    await clock.pass(1_000);
    expect(words(ann)).toEqual([
      "follows 0-3,follows 1-2",
      "1",
      "3",
      "unfollows 3",
      "2",
      "caughtUp 2",
    ]);
  });

  test("of a group whose cursor was named wait for those of earlier memberships", async () => {
    const { log, ann, clock, say, answer } = told();
    for (const change of [{ ended: "ann" }, {}, { joined: "ann" }]) log.append("g-1", change);
    ann.connect([at("g-1", 1)]);
    const now = { group: "g-1", from: 6 };
    say([now]);
    await clock.pass(1_000);
    expect(words(ann)).toEqual([]);
    answer({ ...G1, upTo: 4 }, now);
    await clock.pass(1_000);
    expect(words(ann)).toEqual(["follows 1-6", "3", "4", "caughtUp 5", "6", "caughtUp 6"]);
    expect(ann.wrong).toEqual([]);
  });
});

describe("[G3] a session in a group", () => {
  test("is told of its end by its user's actor, though the group's own word is lost", async () => {
    const { log, ann, clock, say } = await live();
    for (const change of [{}, { ended: "ann" }, {}]) log.append("g-1", change);
    say([{ ...G1, upTo: 6 }]);
    await clock.pass(1_000);
    expect(words(ann).slice(-3)).toEqual(["5", "6", "unfollows 6"]);
  });

  test("has left it at once if the actor says so, and no trace of it is in the log", async () => {
    const { ann, answer, groups } = await live();
    answer();
    expect(words(ann).at(-1)).toBe("unfollows 4");
    expect(groups.standing(ann.on, "g-1")).toBe(false);
  });

  test("goes on where its user is let in again, and no group is followed for one who is out for good", async () => {
    const { log, ann, ben, clock, spread, say, answer, groups, asked } = await live();
    spread(log.append("g-1", { ended: "ann" }));
    await clock.pass(1_000);
    for (const change of [{}, { joined: "ann" }]) log.append("g-1", change);
    say([{ group: "g-1", from: 7 }]);
    await clock.pass(1_000);
    expect(words(ann).slice(-5)).toEqual(["5", "unfollows 5", "follows 6-7", "7", "caughtUp 7"]);
    spread(log.append("g-1", { ended: "ann" }));
    ben.leave();
    for (const ms of [1_000, 61_000]) {
      await clock.pass(ms);
      groups.look();
    }
    const { heads } = asked;
    answer({ ...G1, upTo: 5 }, { group: "g-1", from: 7, upTo: 8 });
    await clock.pass(1_000);
    expect([groups.size, asked.heads]).toEqual([0, heads]);
    for (const change of [{ joined: "ann" }, {}]) log.append("g-1", change);
    say([{ group: "g-1", from: 9 }]);
    await clock.pass(1_000);
    expect(words(ann).slice(-4)).toEqual(["follows 8-10", "9", "10", "caughtUp 10"]);
  });

  test.each([
    ["", [{ ...G1, upTo: 6 }]],
    [", though its actor names only the next one", []],
  ])("is told its earlier membership to the end%s", async (_, ended) => {
    const { log, ann, clock, say } = await live();
    for (const change of [{}, { ended: "ann" }, {}, { joined: "ann" }, {}])
      log.append("g-1", change);
    say([...ended, { group: "g-1", from: 8 }]);
    await clock.pass(1_000);
    expect(words(ann).slice(-4)).toEqual(["5", "6", "caughtUp 7", "8"]);
    expect(ann.wrong).toEqual([]);
  });

  test("and one whose cursor nobody has looked at yet nothing of what lies between them", async () => {
    const { log, device, clock, groups, spread } = await live();
    for (const change of [{ ended: "ann" }, {}, {}, { joined: "ann" }])
      spread(log.append("g-1", change));
    await clock.pass(1_000);
    const other = device("ann");
    other.connect([at("g-1", 6)]);
    // Her actor has not heard, and the walk back has hardly begun.
    groups.told(other.on, { ...ANSWER, ranges: [G1] });
    groups.told(other.on, { ...WORD, ranges: [{ group: "g-1", from: 8 }] });
    await clock.pass(1_000);
    expect(words(other)).toEqual(["follows 7-8", "8", "caughtUp 8"]);
    expect(other.wrong).toEqual([]);
  });

  test.each([0, 1, 3, 4, 5, 6])(
    "whose cursor of %i is being taken up is told all of both memberships and nothing between, though its actor names only the next one",
    async (cursor) => {
      for (let ms = 0; ms < 15; ms++) {
        const { log, ann, clock, groups, world } = told();
        for (const change of [{ ended: "ann" }, {}, {}, { joined: "ann" }])
          log.append("g-1", change);
        // Ends that the walk back has to pass.
        for (let n = 0; n < 6; n++)
          for (const change of [{ joined: "ben" }, { ended: "ben" }]) log.append("g-1", change);
        const { seq } = log;
        ann.connect([at("g-1", cursor)]);
        groups.told(ann.on, { ...ANSWER, seq, ranges: [G1] });
        for (let n = 0; n < ms; n++) await clock.pass(1);
        // The actor answers whoever asks now.
        world.isUnhosted = false;
        groups.told(ann.on, { ...WORD, seq, ranges: [{ group: "g-1", from: 7 }] });
        await clock.pass(1_000);
        const own = [1, 3, 4, ...Array.from({ length: 13 }, (_, i) => 7 + i)];
        const seen = words(ann).filter((word) => /^\d+$/.test(word) && word !== "2");
        expect([ms, ...seen.map(Number)]).toEqual([ms, ...own.filter((one) => one > cursor)]);
        expect(ann.wrong).toEqual([]);
      }
    },
  );

  test("whose cursor is in doubt waits for that, whatever the actor says meanwhile", async () => {
    const { device, clock, groups } = await live();
    const other = device("ann");
    other.connect([at("g-1", 90)]);
    for (let n = 0; n < 2; n++) groups.told(other.on, { ...ANSWER, ranges: [G1] });
    await clock.pass(5_000);
    expect(words(other)).toEqual(["follows 0-4", "resync rolled-back 4", "4"]);
  });

  test("waits for the group's head, as often as it has to be asked for", async () => {
    const { ann, clock, world, answer, groups } = told();
    world.isFailing = true;
    ann.connect([at("g-1", 1)]);
    answer(G1);
    await clock.pass(5_000);
    expect(groups.standing(ann.on, "g-1")).toBeUndefined();
    world.isFailing = false;
    await clock.pass(1_100);
    expect(groups.standing(ann.on, "g-1")).toBe(true);
    expect(words(ann)).toEqual(["follows 1-3", "3", "caughtUp 3"]);
  });

  test("hears nothing of one that it has left before it was told of it", async () => {
    const { device, clock, groups } = await live();
    const other = device("ann");
    other.connect();
    groups.told(other.on, { ...ANSWER, ranges: [G1] });
    // Nor does a heartbeat name it.
    expect(groups.moved(other.on)).toBeUndefined();
    groups.told(other.on, { ...ANSWER, ranges: [] });
    await clock.pass(1_000);
    expect(words(other)).toEqual([]);
  });
});
