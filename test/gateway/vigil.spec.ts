import { describe, expect, onTestFinished, test, vi } from "vitest";
import { jitterOf } from "../../src/gateway/routes/headreading.ts";
import { Vigil } from "../../src/gateway/routes/vigil.ts";
import { PATIENCE } from "../support/patience.ts";
import { facts, house, settled } from "./world.ts";

/** Longer than an owner may be silent, and shorter than twice that. */
const SILENCE_MS = 2_600;
const TICK_MS = 100;

/** A gateway's sessions, and the vigil over their routes, which reads at once what it wants to. */
async function watched(...users: string[]) {
  const at = house();
  const devices = new Map<string, Awaited<ReturnType<typeof at.live>>>();
  for (const user of users) devices.set(user, await at.live(user));
  const { world, clock, parts } = at;
  const now = (): number => clock.now;
  const vigil = new Vigil({ ...parts, now, random: () => 0 });
  onTestFinished(() => vigil.stop());
  let n = 0;
  return {
    ...at,
    devices,
    vigil,
    beat: (upTo: number) => vigil.hear({ host: "h", n: ++n, beat: [{ k: 0, claim: 0, upTo }] }),
    lose: () => ++n,
    pass: (ms: number) => {
      for (const end = clock.now + ms; clock.now < end; vigil.tick()) clock.now += TICK_MS;
    },
    /** Texts that the user's device has got. */
    bodies: (user: string) =>
      devices
        .get(user)
        ?.wire.frames.flatMap(({ event }) => (event as { body?: string })?.body ?? []) ?? [],
    store: (user: string, body: string) =>
      world.store(user, { type: "MessageSent", author: user, to: "zoe", cid: "c.1", body }),
    until: (holds: () => boolean) =>
      vi.waitFor(async () => {
        await settled(holds);
        expect(holds()).toBe(true);
      }, PATIENCE),
  };
}

describe("[M13] a gateway that may have missed a route", () => {
  test("reads the heads as far as the beat says, and what lies behind them", async () => {
    const at = await watched("bob", "carol");
    at.beat(2);
    await at.until(() => at.world.headsAsked.length === 1);
    at.lose();
    const seq = at.store("bob", "lost");
    at.beat(seq);
    await at.until(() => at.bodies("bob").includes("lost"));
    expect(at.world.headsAsked.at(-1)).toEqual({ users: ["bob", "carol"], atLeast: seq });
    expect(at.bodies("carol")).toEqual([]);
  });

  test("hears hosts anew that count from 1 again, since it has another id", async () => {
    const at = await watched("bob");
    at.beat(2);
    at.beat(2);
    await at.until(() => at.world.headsAsked.length === 1);
    at.vigil.renamed();
    const seq = at.store("bob", "lost");
    at.vigil.hear({ host: "h", n: 1, beat: [{ k: 0, claim: 0, upTo: seq }] });
    await at.until(() => at.bodies("bob").includes("lost"));
  });

  test("asks for many users in one question, whatever sockets they have, and for some behind the other", async () => {
    const users = Array.from({ length: 260 }, (_, i) => `user-${i}`);
    const at = await watched(...users);
    for (const user of users.slice(0, 20)) await at.live(user, "laptop");
    at.beat(1);
    await at.until(() => at.world.headsAsked.length === 3);
    const asked = at.world.headsAsked.map((each) => each.users);
    expect(asked.map(({ length }) => length)).toEqual([128, 128, 4]);
    expect(new Set(asked.flat())).toEqual(new Set(users));
  });

  test("does it again with the next beat where it could not be done, and closes nobody for it", async () => {
    const at = await watched("bob");
    const fail = at.world.hold();
    at.beat(1);
    await at.until(() => at.world.headsAsked.length === 1);
    fail(new Error("nobody has the log so far"));
    const seq = at.store("bob", "lost");
    await at.until(() => {
      at.beat(seq);
      return at.bodies("bob").includes("lost");
    });
    expect(at.devices.get("bob")?.connection.session.is).toBe("live");
  });

  test("reads once more, as far as the farthest of all that came meanwhile", async () => {
    const at = await watched("bob");
    const answer = at.world.hold();
    at.beat(2);
    await at.until(() => at.world.headsAsked.length === 1);
    for (const upTo of [9, 7]) {
      at.lose();
      at.beat(upTo);
    }
    answer();
    await at.until(() => at.vigil.confirms("bob"));
    expect(at.world.headsAsked.map(({ atLeast }) => atLeast)).toEqual([2, 9]);
  });

  test("reads no more once it is stopped", async () => {
    const at = await watched("bob");
    at.vigil.stop();
    at.beat(2);
    at.pass(2 * SILENCE_MS);
    await settled();
    expect([at.world.headsAsked, facts(at.world, "HeadAsked")]).toEqual([[], []]);
  });

  test("says nothing of heads until they are read", async () => {
    const at = await watched("bob");
    at.beat(1);
    await at.until(() => at.vigil.confirms("bob"));
    at.lose();
    at.vigil.hear({ host: "h", n: at.lose() });
    expect(at.vigil.confirms("bob")).toBe(false);
    at.beat(1);
    expect(at.vigil.confirms("bob"), "not by the beat alone").toBe(false);
    await at.until(() => at.vigil.confirms("bob"));
    expect(at.world.headsAsked).toHaveLength(2);
  });
});

test("[O13] heads are read over half a second, and over three where the log had no answer for so long", () => {
  expect([0, 2_999, 3_000, 60_000].map(jitterOf)).toEqual([500, 500, 3_000, 3_000]);
});

describe("[M13] a gateway that hears no owner of a stream", () => {
  test("stores one entry in it, and reads as far as that one", async () => {
    const at = await watched("bob");
    at.store("bob", "lost");
    at.pass(SILENCE_MS);
    await at.until(() => at.bodies("bob").includes("lost"));
    const [asked] = facts(at.world, "HeadAsked");
    expect(asked).toMatchObject({ sessionId: at.devices.get("bob")?.connection.key.sessionId });
    expect(at.world.headsAsked).toEqual([{ users: ["bob"], atLeast: at.world.entries.length }]);
    expect(at.vigil.confirms("bob")).toBe(false);
  });

  test("stores the next one when the first is read, and still nobody is heard", async () => {
    const at = await watched("bob");
    at.pass(SILENCE_MS);
    await at.until(() => at.world.headsAsked.length === 1);
    at.pass(SILENCE_MS);
    await at.until(() => at.world.headsAsked.length === 2);
    expect(facts(at.world, "HeadAsked")).toHaveLength(2);
  });

  test("stores no second one while the first is not stored, however long that takes", async () => {
    const at = await watched("bob");
    const store = at.world.hold();
    at.pass(20 * SILENCE_MS);
    store();
    await settled();
    expect(facts(at.world, "HeadAsked")).toHaveLength(1);
  });

  test("stores nothing where it has no session", async () => {
    const at = await watched();
    at.pass(20 * SILENCE_MS);
    await settled();
    expect(at.world.given).toEqual([]);
  });

  test("counts no time for which its own loop stood still", async () => {
    const at = await watched("bob");
    at.beat(1);
    await at.until(() => at.vigil.confirms("bob"));
    at.clock.now += 60_000;
    at.vigil.tick();
    expect(facts(at.world, "HeadAsked")).toEqual([]);
    expect(at.vigil.confirms("bob")).toBe(true);
  });
});

test("[M13] an owner that routes nothing of what the gateway has stored is as good as none", async () => {
  const at = await watched("bob");
  at.beat(1);
  const seq = at.store("bob", "starved");
  at.vigil.stored("bob", seq);
  for (let i = 0; i < 4; i++) {
    at.pass(1_000);
    at.beat(1);
  }
  await at.until(() => at.bodies("bob").includes("starved"));
  expect(facts(at.world, "HeadAsked")).toHaveLength(1);
});
