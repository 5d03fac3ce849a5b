import { describe, expect, test } from "vitest";
import { order } from "../../../src/actors/ownership/order.ts";
import { Roster, ROSTER_MAX, SUSPECT_MS } from "../../../src/actors/ownership/roster.ts";
import { claims, heir, RANK_MS, type Outlook } from "../../../src/actors/ownership/succession.ts";
import type { Host, Owner } from "../../../src/events/owner.ts";
import { RULES } from "../../../src/events/since.ts";
import type { Beat } from "../../../src/protocol/internal/beat.ts";

const BEAT_MS = 500;
const start = (host: string, incarnation = `${host}-1`): Host => ({ host, incarnation });
const [me, bea, cia] = [start("me"), start("bea"), start("cia")];
let beats = 0;
const beat = (of: Host, more: Partial<Beat> = {}): Beat => ({
  ...of,
  n: ++beats,
  version: "1",
  rules: RULES,
  owned: [],
  load: 0,
  draining: false,
  ...more,
});
const said = (owner?: Host, rules = RULES): Owner => ({
  type: "OwnerClaimed",
  epoch: "e",
  earlier: [],
  marks: [],
  rules,
  layout: 1,
  ...(owner && { owner }),
});

/** A host that has watched since 0, hearing itself and these, up to `now`. */
function watched(now: number, heard: Partial<Record<string, number>> = {}, others = [bea, cia]) {
  const roster = new Roster(me, 0);
  for (let at = 0; at <= now; at += BEAT_MS) {
    roster.hear(beat(me), at);
    for (const each of others)
      if (at <= (heard[each.host] ?? Number.NEGATIVE_INFINITY)) roster.hear(beat(each), at);
    roster.tick(at, true);
  }
  return { self: me, rules: RULES, roster, streams: 4 } satisfies Outlook;
}
/** When a host that hears nothing of the owner claims, in ms since it last heard it. */
function claimsAfter(hosts: Host[], k: number, heard: number): number {
  for (let ms = heard; ; ms += BEAT_MS) {
    const alive = Object.fromEntries(hosts.map(({ host }) => [host, ms]));
    if (claims(watched(ms, { ...alive, bea: heard }), k, said(bea), ms)) return ms - heard;
  }
}

describe("a stream is claimed", () => {
  test("at once where nobody owns it, or this very start is named: a claim whose answer never came, or a hand-over", () => {
    expect(claims(watched(0), 0, said(), 0)).toBe(true);
    expect(claims(watched(0), 0, said(me), 0)).toBe(true);
  });
  test("at once from another start of the same host, whose folder has one process at a time", () =>
    expect(claims(watched(0), 0, said(start("me", "me-0")), 0)).toBe(true));
  test("not at once from another start that is heard: a copy of the folder", () => {
    const copy = start("me", "me-0");
    const watch = watched(5_000, { me: 5_000 }, [copy]);
    expect(claims(watch, 0, said(copy), 5_000)).toBe(false);
  });
  test("from an owner that was not heard for 2.5 s, and never from one that is", () => {
    expect(claims(watched(10_000, { bea: 10_000 }), 0, said(bea), 10_000)).toBe(false);
    expect(claimsAfter([], 0, 4_000)).toBe(SUSPECT_MS);
  });
  test("[A11] from a start that is not heard though its host is: an incarnation is an owner, a name is not", () =>
    expect(claims(watched(4_000, { bea: 4_000 }), 0, said(start("bea", "bea-0")), 4_000)).toBe(
      true,
    ));
  test("by the first of its living hosts in the order, 2 s later by the next", () => {
    const waits = [0, 1, 2, 3].map((k) => claimsAfter([cia], k, 4_000));
    expect(new Set(waits)).toEqual(new Set([SUSPECT_MS, SUSPECT_MS + RANK_MS]));
  });
  test("never by a host below the stream's rules", () => {
    for (const owner of [undefined, me, bea])
      expect(claims(watched(60_000), 0, said(owner, RULES + 1), 60_000)).toBe(false);
  });
});

describe("a host suspects nobody", () => {
  test("behind a stall of its own loop, until it has listened for 2.5 s again", () => {
    const watch = watched(4_000, { bea: 4_000 });
    watch.roster.tick(14_000, true);
    expect(claims(watch, 0, said(bea), 14_000)).toBe(false);
    for (let at = 14_500; at <= 16_500; at += BEAT_MS) {
      watch.roster.hear(beat(me), at);
      watch.roster.tick(at, true);
    }
    expect(claims(watch, 0, said(bea), 16_499)).toBe(false);
    expect(claims(watch, 0, said(bea), 16_500)).toBe(true);
  });
  test("while its own beats do not come back, or its link is down", () => {
    for (const connected of [true, false]) {
      const watch = watched(4_000, { bea: 4_000 });
      for (let at = 4_500; at <= 60_000; at += BEAT_MS) {
        if (!connected) watch.roster.hear(beat(me), at);
        watch.roster.tick(at, connected);
      }
      expect(claims(watch, 0, said(bea), 60_000)).toBe(false);
    }
  });
});

describe("a beat", () => {
  test("that is a repeat keeps nobody alive", () => {
    const watch = watched(4_000, { bea: 1_000 });
    const old = beat(bea, { n: 1 });
    expect(watch.roster.hear(old, 4_000)).toBe(false);
    expect(claims(watch, 0, said(bea), 4_000)).toBe(true);
  });
  test("of more hosts than are remembered is left out, and those that are known are heard on", () => {
    const { roster } = watched(1_000, { bea: 1_000 });
    const forged = Array.from({ length: 10_000 }, (_, i) =>
      roster.hear(beat(start(`f${i}`)), 1_000),
    );
    expect(forged.filter(Boolean)).toHaveLength(ROSTER_MAX - 1);
    expect(roster.hear(beat(bea), 1_100)).toBe(true);
    for (let at = 1_500; at <= 90_000; at += BEAT_MS) {
      roster.hear(beat(me), at);
      roster.tick(at, true);
    }
    expect(roster.hear(beat(cia), 90_000)).toBe(true);
  });
});

describe("an owner hands over", () => {
  const give = (watch: Outlook, leaving: boolean, now: number, rules = RULES) =>
    [0, 1, 2, 3].map((k) => heir(watch, k, said(me, rules), { leaving, now })?.host);
  test("nothing while it is alone, and its share of the streams to another that has been here for 2 s", () => {
    expect(give(watched(9_000), false, 9_000)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(give(watched(1_500, { bea: 1_500 }), false, 1_500).filter(Boolean)).toEqual([]);
    expect(give(watched(3_000, { bea: 3_000 }), false, 3_000).filter(Boolean)).toEqual([
      "bea",
      "bea",
    ]);
  });
  test("everything to who lives when it leaves, also to one that has come just now", () =>
    expect(give(watched(500, { bea: 500 }), true, 500)).toEqual(["bea", "bea", "bea", "bea"]));
  test("and names the heir, and no more of its beat: the entry lies in the log for ever", () =>
    expect(
      heir(watched(3_000, { bea: 3_000 }), 0, said(me), { leaving: true, now: 3_000 }),
    ).toEqual(bea));
  test("nothing to who is silent, is leaving, or is below the stream's rules", () => {
    expect(give(watched(9_000, { bea: 6_000 }), true, 9_000).filter(Boolean)).toEqual([]);
    const leaving = watched(3_000, { bea: 3_000 });
    leaving.roster.hear(beat(bea, { draining: true }), 3_000);
    expect(give(leaving, false, 3_000).filter(Boolean)).toEqual([]);
    expect(give(watched(3_000, { bea: 3_000 }), true, 3_000, RULES + 1).filter(Boolean)).toEqual(
      [],
    );
  });
});

describe("the order of hosts for a stream", () => {
  const names = ["a", "b", "c", "d", "e"].map((name) => start(name));
  const due = (hosts: Host[]) => Array.from({ length: 16 }, (_, k) => order(k, 16, hosts)[0]?.host);
  test("is the same whoever was heard first, and gives each its share", () => {
    expect(due(names.toReversed())).toEqual(due(names));
    for (const { host } of names)
      expect(due(names).filter((each) => each === host).length).toBeLessThanOrEqual(4);
  });
  test("changes little where a host goes", () => {
    const moved = due(names).filter(
      (host, k) => host !== "e" && host !== due(names.slice(0, 4))[k],
    );
    expect(moved.length).toBeLessThanOrEqual(8);
  });
  test("is empty where nobody lives", () => expect(order(3, 4, [])).toEqual([]));
});
