import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fnv1a } from "../../src/events/ids.ts";
import { Peers, type Peer } from "../../src/actors/peers.ts";

const NOTHING = { delivered: 0, read: 0 };
const peer = (sent: number): Peer => ({
  heard: 0,
  received: 0,
  sent,
  mine: NOTHING,
  theirs: NOTHING,
});
const byId = (peers: Iterable<[string, Peer]>): [string, Peer][] =>
  [...peers].toSorted(([a], [b]) => (a < b ? -1 : 1));

describe("the peers of a user", () => {
  const ids = fc.array(fc.nat(300), { maxLength: 600 });

  test("are those that a map would hold, however many", () => {
    fc.assert(
      fc.property(ids, (run) => {
        const map = new Map<string, Peer>();
        let peers = Peers.none;
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
    const crowd = Array.from({ length: 50 }, (_, i): [string, Peer] => [`user-${i}`, peer(i)]);
    const peers = Peers.of([...crowd, ...twins.map((id, i): [string, Peer] => [id, peer(90 + i)])]);
    expect(twins.map((id) => peers.get(id)?.sent)).toEqual([90, 91]);
  });

  test("share all but a few parts with what they were before a change", () => {
    const many = Peers.of(
      Array.from({ length: 10_000 }, (_, i): [string, Peer] => [`user-${i}`, peer(i)]),
    );
    const parts = (node: Peers["root"]): unknown[] =>
      node instanceof Map ? [node] : [node, ...(node as (typeof node)[]).flatMap(parts)];
    const before = new Set(parts(many.root));
    const made = parts(many.with("user-7", peer(-1)).root).filter((part) => !before.has(part));
    expect(made.length).toBeLessThanOrEqual(5);
  });
});
