import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { Company } from "../../src/projections/company.ts";
import { kinOf } from "../../src/projections/kin.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import type { OtherReplicas } from "../../src/projections/ports.ts";
import type { ReplicaWord } from "../../src/protocol/internal/replica.ts";

const OWN_VIEWS = kinOf("", VIEWS);

/** A process among others whose words the spec says; its clock goes on by `step` each time that it is read. */
function process(copies: number | undefined, step = 0, turnMs = 100) {
  const said: ReplicaWord[] = [];
  const logged: { level: number; processes: number }[] = [];
  const world = { now: 0, looks: 0, hears: (_: ReplicaWord): void => undefined, isDeaf: false };
  const peers = {
    say: (word: ReplicaWord) => said.push(word),
    onWord: (hear: (word: ReplicaWord) => void) => {
      world.hears = hear;
      return () => (world.isDeaf = true);
    },
  } as Partial<OtherReplicas> as OtherReplicas;
  const company = new Company({
    self: { host: "a", incarnation: "a1" },
    copies,
    turnMs,
    peers,
    elapsed: () => {
      world.looks++;
      return (world.now += step);
    },
    log: pino({}, { write: (line) => void logged.push(JSON.parse(line) as never) }),
  });
  const hear = (host: string, more: Partial<ReplicaWord> = {}): void =>
    world.hears({
      host,
      incarnation: `${host}1`,
      views: OWN_VIEWS,
      current: [],
      leaving: false,
      ...more,
    });
  return { company, said, logged, world, hear };
}

describe("[V13] a process among others with projections", () => {
  test("says what it can be asked when that has changed, and in every second turn", () => {
    const { company, said } = process(2);
    const words = [[], ["M_0"], ["M_0"], ["M_0"], ["M_0"], ["M_0", "M_1"]].map((current) => {
      company.turn(current);
      return said.splice(0).map((word) => word.current);
    });
    expect(words).toEqual([[[]], [["M_0"]], [], [["M_0"]], [], [["M_0", "M_1"]]]);
    company.turn(["M_0", "M_1"]);
    company.turn(["M_0", "M_1"]);
    expect(said).toEqual([
      {
        host: "a",
        incarnation: "a1",
        copies: 2,
        views: OWN_VIEWS,
        current: ["M_0", "M_1"],
        leaving: false,
      },
    ]);
  });

  test("makes itself known at once, and waits for the others where it matters who they are", async () => {
    for (const [copies, isPatient] of [
      [undefined, false],
      [2, true],
    ] as const) {
      const { company, said } = process(copies);
      let isMet = false;
      const met = company.meet().then(() => (isMet = true));
      expect(said).toHaveLength(1);
      expect("copies" in (said[0] ?? {})).toBe(isPatient);
      await new Promise((done) => setImmediate(done));
      expect(isMet).toBe(!isPatient);
      await met;
    }
  });

  test("answers the first word of another's start at once, and not its own nor a second one", () => {
    const { said, hear } = process(2);
    hear("b");
    hear("b");
    hear("a");
    expect(said).toHaveLength(1);
    hear("b", { incarnation: "b2" });
    expect(said).toHaveLength(2);
  });

  test("answers sixteen in a turn, and whoever came behind them in the next", () => {
    const { company, said, hear } = process(2);
    const count = (act: () => void): number => {
      act();
      return said.splice(0).length;
    };
    const greet = (from: number, to: number) => (): void => {
      for (let i = from; i < to; i++) hear(`b${i}`);
    };
    expect(count(greet(0, 17))).toBe(16);
    expect(count(() => company.turn([]))).toBe(1);
    expect(count(() => company.turn([]))).toBe(0);
    expect(count(greet(17, 33))).toBe(16);
    expect(count(() => company.turn([]))).toBe(0);
  });

  test("knows those who are current by the same views, while they are fresh and stay", () => {
    const { company, world, hear } = process(2);
    hear("b", { current: ["M_0", "M_1"] });
    hear("c", { current: ["M_0"], views: "others" });
    hear("d", { current: ["M_0"], leaving: true });
    expect([company.alike("M_0"), company.alike("M_1"), company.alike("M_2")]).toEqual([
      ["b"],
      ["b"],
      [],
    ]);
    world.now = 501;
    expect(company.alike("M_0")).toEqual([]);
  });

  test("says once that they are fewer than should keep a stream, and once that they are enough", () => {
    const { company, logged, hear } = process(2);
    expect(company.isShort).toBe(false);
    company.turn([]);
    company.turn([]);
    expect([company.isShort, logged.map(({ level }) => level)]).toEqual([true, [40]]);
    hear("b");
    company.turn([]);
    company.turn([]);
    expect([company.isShort, logged.map(({ level }) => level)]).toEqual([false, [40, 30]]);
    expect(logged).toMatchObject([
      { processes: 1, copies: 2 },
      { processes: 2, copies: 2 },
    ]);
    const alone = process(undefined);
    alone.company.turn([]);
    expect([alone.company.isShort, alone.logged]).toEqual([false, []]);
  });

  test("is not waited for where all keep everything, and begins nothing more once it leaves", async () => {
    const all = process(undefined);
    await all.company.leave();
    expect(all.said).toEqual([]);
    const { company, said } = process(1);
    expect(company.change(["M_0"], new Set())).toEqual({ begin: ["M_0"], drop: [] });
    await company.leave();
    expect(said).toMatchObject([{ leaving: true }]);
    expect(company.change(["M_0"], new Set())).toEqual({ begin: [], drop: [] });
  });

  test("goes when others have what it alone had, or in five seconds", async () => {
    const { company, hear, world } = process(1);
    company.turn(["M_0", "M_1"]);
    hear("b", { current: ["M_0"] });
    hear("c", { leaving: true, current: ["M_1"] });
    let isGone = false;
    const left = company.leave().then(() => (isGone = true));
    const { looks } = world;
    await expect.poll(() => world.looks).toBeGreaterThan(looks + 3);
    expect(isGone).toBe(false);
    hear("b", { current: ["M_1", "M_0"] });
    await left;
    expect(world.now).toBe(0);
    const late = process(1, 500, 10_000);
    late.company.turn(["M_0"]);
    late.hear("b");
    await late.company.leave();
    // It had looked twice before.
    expect(late.world.now).toBe(1_500 + 5_000);
  });

  test("waits for nobody where those who are left are gone, or leave as well", async () => {
    for (const more of [{ leaving: true }, {}]) {
      const { company, hear, world } = process(1);
      company.turn(["M_0"]);
      hear("b", more);
      if (!("leaving" in more)) world.now = 501;
      await company.leave();
      expect(world.now).toBeLessThan(502);
    }
  });

  test("hears nobody when it has stopped", () => {
    const { company, world } = process(2);
    expect(world.isDeaf).toBe(false);
    company.stop();
    expect(world.isDeaf).toBe(true);
  });
});
