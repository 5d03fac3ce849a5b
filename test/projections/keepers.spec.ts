import { describe, expect, test } from "vitest";
import { byWeight } from "../../src/events/rendezvous.ts";
import { change } from "../../src/projections/keepers.ts";
import { Companions, type Replica } from "../../src/projections/companions.ts";
import { readReplicaWord } from "../../src/protocol/internal/replica.ts";

const STREAMS = Array.from({ length: 64 }, (_, k) => `MAILBOX_${k}`);
const NAMES = ["a", "b", "c", "d", "e"];

/** A process that has these streams, as it is heard. */
const replica = (host: string, current: readonly string[] = [], more = {}): Replica => ({
  host,
  incarnation: `${host}1`,
  copies: 2,
  views: "v",
  current: [...current],
  leaving: false,
  isFresh: true,
  ...more,
});

/** The share of one among others, of which each keeps nothing yet. */
const share = (self: string, names: readonly string[]): readonly string[] =>
  change(STREAMS, {
    self: { host: self },
    copies: 2,
    others: names.filter((name) => name !== self).map((name) => replica(name)),
    kept: new Set(),
  }).begin;

/** By stream, who keeps it among these. */
const keepers = (names: readonly string[]): Map<string, Set<string>> => {
  const shares = names.map((name) => [name, new Set(share(name, names))] as const);
  return new Map(
    STREAMS.map((stream) => [
      stream,
      new Set(shares.filter(([, all]) => all.has(stream)).map(([name]) => name)),
    ]),
  );
};

describe("[V13] the keepers of a stream", () => {
  test("are as many as there should be, or all there are, each with a fair share", () => {
    for (const each of keepers(NAMES).values()) expect(each.size).toBe(2);
    for (const name of NAMES) expect(share(name, NAMES).length).toBeGreaterThan(10);
    for (const each of keepers(["a"]).values()) expect([...each]).toEqual(["a"]);
  });
  test("stay who they are when a process comes or goes, but for the streams of that one", () => {
    const [four, five] = [keepers(NAMES.slice(0, 4)), keepers(NAMES)];
    for (const stream of STREAMS) {
      const [before, after] = [four.get(stream)!, five.get(stream)!];
      expect([...after].filter((name) => name !== "e" && !before.has(name))).toEqual([]);
      expect(after.has("e") || [...after].every((name) => before.has(name))).toBe(true);
    }
  });
  test("are as many as the highest setting says, while processes have several", () => {
    const others = [replica("b", [], { copies: 1 }), replica("c", [], { copies: undefined })];
    const among = { self: { host: "a" }, copies: 1, others, kept: new Set<string>() };
    expect(change(STREAMS, among).begin).toEqual(STREAMS);
  });
});

describe("[V13] a process that has a stream which is not its share", () => {
  /** A stream that `a` has, and two others keep. */
  const stream = STREAMS.find((each) => !share("a", ["a", "b", "c"]).includes(each))!;
  const dropped = (b: Replica, c: Replica, copies = 2) =>
    change([stream], {
      self: { host: "a" },
      copies,
      others: [b, c],
      kept: new Set([stream]),
    }).drop.length > 0;

  test("lets go of it when each of the keepers has said just now that it is current, and not before", () => {
    const [b, c] = [replica("b", [stream]), replica("c", [stream])];
    expect(dropped(b, c)).toBe(true);
    expect(dropped(b, replica("c"))).toBe(false);
    expect(dropped(b, { ...c, isFresh: false })).toBe(false);
    expect(dropped({ ...b, leaving: true }, c)).toBe(false);
    expect(dropped(b, { ...c, copies: 3 })).toBe(false);
  });
  test("never does so while the only other one that has it could do the same", () => {
    const one = { copies: 1, kept: new Set([stream]) };
    const drops = (self: string, other: string) =>
      change([stream], {
        ...one,
        self: { host: self },
        others: [replica(other, [stream], { copies: 1 })],
      }).drop.length;
    for (const other of NAMES.slice(1)) expect(drops("a", other) + drops(other, "a")).toBe(1);
  });
  test("takes over what only one has that is about to stop, and leaves alone what others have too", () => {
    const [due = "", ...rest] = byWeight(
      stream,
      NAMES.map((host) => ({ host })),
    ).map(({ host }) => host);
    /** Those that begin with the stream while the one whose share it is leaves, and the last one has it, too, or has not. */
    const begun = (last: readonly string[]) => {
      const all = [due, ...rest].map((host) =>
        replica(host, host === due ? [stream] : [], { copies: 1, leaving: host === due }),
      );
      all[4] = replica(rest[3] ?? "", last, { copies: 1 });
      return rest.filter((host) => {
        const others = all.filter((each) => each.host !== host);
        const kept = new Set(host === rest[3] ? last : []);
        return change([stream], { self: { host }, copies: 1, others, kept }).begin.length > 0;
      });
    };
    expect(begun([])).toEqual([rest[0]]);
    expect(begun([stream])).toEqual([]);
  });
});

describe("[V13] the others with projections", () => {
  const { isFresh: _, ...word } = replica("b", ["MAILBOX_0", "ACTIVITY"]);

  test("are there for half a minute behind their last word, which counts for five seconds", () => {
    const companions = new Companions(1_000);
    expect(companions.hear(word, 0)).toBe(true);
    expect(companions.hear(word, 1)).toBe(false);
    expect(companions.living(5_001)).toMatchObject([{ host: "b", isFresh: true }]);
    expect(companions.living(5_002)).toMatchObject([{ host: "b", isFresh: false }]);
    expect(companions.living(30_001)).toHaveLength(1);
    expect(companions.living(30_002)).toEqual([]);
    expect(companions.hear({ ...word, incarnation: "b2" }, 30_003)).toBe(true);
  });
  test("are no more than can be there, whatever is said in their name", () => {
    const companions = new Companions(1_000);
    for (let n = 0; n < 2_000; n++) companions.hear({ ...word, host: `x${n}` }, 0);
    expect(companions.living(0)).toHaveLength(1_024);
    expect(companions.hear({ ...word, host: "x2000" }, 0)).toBe(false);
    expect(companions.hear({ ...word, host: "x1023", incarnation: "next" }, 0)).toBe(true);
  });
  test("are not heard by a text that is no such word, and by one with a field more", () => {
    const text = JSON.stringify({ ...word, more: 1 });
    expect(readReplicaWord(text)).toEqual(word);
    for (const wrong of [{}, { ...word, host: "a.b" }, { ...word, current: [">"] }, 7])
      expect(readReplicaWord(JSON.stringify(wrong))).toBeUndefined();
    expect(readReplicaWord("{")).toBeUndefined();
    expect(readReplicaWord(`{"x":"${"x".repeat(40_000)}"}`)).toBeUndefined();
  });
});
