import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fnv1a } from "../../src/events/ids.ts";
import { Peers } from "../../src/actors/peers.ts";
import type { Conversation } from "../../src/rules/standing.ts";

const NOTHING = { delivered: 0, read: 0 };
const peer = (sent: number): Conversation => ({
  heard: 0,
  received: 0,
  sent,
  mine: NOTHING,
  theirs: NOTHING,
});
const byId = (peers: Iterable<[string, Conversation]>): [string, Conversation][] =>
  [...peers].toSorted(([a], [b]) => (a < b ? -1 : 1));

describe("the peers of a user", () => {
  const ids = fc.array(fc.nat(300), { maxLength: 600 });

  test("are those that a map would hold, however many", () => {
    fc.assert(
      fc.property(ids, (run) => {
        const map = new Map<string, Conversation>();
        let peers = Peers.none();
        for (const [i, id] of run.entries()) {
          map.set(`user-${id}`, peer(i));
          peers = peers.with(`user-${id}`, peer(i));
        }
        expect(byId(peers)).toEqual(byId(map));
        for (const [id, known] of map) expect(peers.get(id)).toEqual(known);
        expect(peers.get("stranger")).toBeUndefined();
      }),
    );
  });

  test("stay what they were when one changes", () => {
    fc.assert(
      fc.property(ids, fc.nat(300), (run, id) => {
        const before = Peers.of(run.map((each) => [`user-${each}`, peer(each)]));
        const was = byId(before);
        before.with(`user-${id}`, peer(-1));
        expect(byId(before)).toEqual(was);
      }),
    );
  });

  test("whose ids have the same hash are told apart", () => {
    const twins = ["costarring", "liquid"];
    expect(new Set(twins.map(fnv1a)).size).toBe(1);
    const crowd = Array.from({ length: 50 }, (_, i): [string, Conversation] => [
      `user-${i}`,
      peer(i),
    ]);
    const peers = Peers.of([
      ...crowd,
      ...twins.map((id, i): [string, Conversation] => [id, peer(90 + i)]),
    ]);
    expect(twins.map((id) => peers.get(id)?.sent)).toEqual([90, 91]);
  });

  test("share all but one small part with what they were before a change", () => {
    const many = Peers.of(
      Array.from({ length: 10_000 }, (_, i): [string, Conversation] => [`user-${i}`, peer(i)]),
    );
    const before = new Set(many.buckets);
    const made = many.with("user-7", peer(-1)).buckets.filter((bucket) => !before.has(bucket));
    expect(made.map(({ size }) => size < 64)).toEqual([true]);
  });

  test("grow in number by dividing one small part, so that no change pays for all of them", () => {
    let peers = Peers.none();
    for (let i = 0; i < 5_000; i++) {
      const before = new Set(peers.buckets);
      peers = peers.with(`user-${i}`, peer(i));
      const made = peers.buckets.filter((bucket) => !before.has(bucket));
      expect(made.length).toBeLessThanOrEqual(3);
      expect(made.every(({ size }) => size < 64)).toBe(true);
    }
  });

  test("lie in the same order however they came to be, so that equal states are equal text", () => {
    fc.assert(
      fc.property(ids, (run) => {
        let peers = Peers.none();
        for (const [i, id] of run.entries()) peers = peers.with(`user-${id}`, peer(i));
        expect([...Peers.of(peers)]).toEqual([...peers]);
        expect(Peers.from(peers.buckets)).toEqual(peers);
      }),
    );
  });
});
