import { describe, expect, test } from "vitest";
import { Retreat } from "../../src/gateway/retreat.ts";
import type { Connected } from "../../src/gateway/session/addressee.ts";
import { silent } from "../support/silent.ts";
import { facts, house, settled } from "./world.ts";

const TICK_MS = 100;

/** A gateway with these users' devices, one of several or alone. */
async function holding(users: readonly string[], hasOthers = true) {
  const at = house();
  const { world, clock, parts } = at;
  world.neighbourhood.hasOthers = hasOthers;
  const devices = await Promise.all(users.map((user) => at.live(user)));
  const connections = new Set<Connected>(devices.map(({ connection }) => connection));
  const { sessions } = parts;
  const retreat = new Retreat({ world, connections, sessions, now: parts.now, log: silent });
  const said = (t: string): number[] =>
    devices.map(({ wire }) => wire.frames.filter((frame) => frame.t === t).length);
  return {
    ...at,
    devices,
    connections,
    retreat,
    said,
    /** So many devices have been told. */
    told: (t: string): number => said(t).filter((count) => count > 0).length,
    pass: (ms: number) => {
      for (const end = clock.now + ms; clock.now < end; retreat.tick()) clock.now += TICK_MS;
    },
    store: () => (world.neighbourhood.storedAt = clock.now),
    closes: () => devices.flatMap(({ wire }) => wire.closes),
  };
}
const people = (count: number): string[] => Array.from({ length: count }, (_, i) => `user${i}`);

describe("[O13] a gateway for which nothing is stored", () => {
  test("asks its sessions to move, spread over two seconds and once each, and closes none", async () => {
    const at = await holding(people(20));
    at.pass(2_900);
    expect([at.told("goaway"), at.retreat.isLost]).toEqual([0, false]);
    at.pass(1_100);
    expect(at.told("goaway")).toBeGreaterThan(8);
    expect(at.told("goaway")).toBeLessThan(14);
    at.pass(5_000);
    expect(at.said("goaway")).toEqual(at.devices.map(() => 1));
    expect(at.devices[0]?.wire.frames.find(({ t }) => t === "goaway")).toEqual({ t: "goaway" });
    expect(at.closes()).toEqual([]);
  });

  test("but has no session, is ready for as long as the registry may choose a leader", async () => {
    const at = await holding([]);
    at.pass(9_900);
    expect([at.retreat.isLost, at.world.neighbourhood.renewals]).toEqual([false, 9]);
    at.pass(100);
    expect([at.retreat.isLost, at.retreat.moves]).toEqual([true, true]);
  });

  test("takes that back when something is stored again, from those whom it has told", async () => {
    const at = await holding(people(20));
    at.pass(4_000);
    const told = at.told("goaway");
    at.store();
    at.pass(2_500);
    expect([at.told("goaway"), at.told("stay")]).toEqual([told, told]);
    at.pass(5_500);
    expect(at.said("stay").every((count) => count <= 1)).toBe(true);
    expect(at.told("goaway"), "another outage").toBe(20);
  });

  test("says nothing where no other gateway was known, and is not ready all the same", async () => {
    const at = await holding(people(3), false);
    at.pass(10_000);
    expect([at.retreat.isLost, at.retreat.moves]).toEqual([true, false]);
    expect(at.told("goaway")).toBe(0);
    at.world.neighbourhood.hasOthers = true;
    at.pass(1_000);
    expect(at.retreat.moves, "as it was when the log was lost").toBe(false);
  });

  test("sends away who is not welcomed yet, since nobody can be", async () => {
    const at = await holding(["alice"]);
    const open = at.world.hold();
    const late = at.dial();
    at.connections.add(late.connection);
    late.say({ t: "hello", token: "bob", deviceId: "d" });
    await settled(() => late.connection.session.is === "opening");
    at.pass(3_000);
    expect(late.wire.closes).toEqual([4410]);
    expect(at.closes()).toEqual([]);
    open();
  });

  test("stores an entry of a session in one stream after the other, each time the registry has no answer", async () => {
    const at = await holding(people(3));
    at.world.streamOf = (user?: string) => Number(user?.slice(-1));
    at.world.hold();
    at.pass(5_000);
    expect(at.world.neighbourhood.renewals).toBe(5);
    const probed = at.world.given.filter((type) => type === "HeadAsked");
    // As many as there are streams that have not answered.
    expect(probed).toHaveLength(3);
    expect(facts(at.world, "HeadAsked")).toEqual([]);
  });

  test("tells nobody any more who has been asked for good to go", async () => {
    const at = await holding(people(5));
    at.pass(4_000);
    at.retreat.stop();
    at.store();
    at.pass(3_000);
    expect(at.told("stay")).toBe(0);
  });
});
