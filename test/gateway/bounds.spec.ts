import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Marks, markKey } from "../../src/gateway/session/marks.ts";
import { answered, numbered, type Window } from "../../src/gateway/session/numbers.ts";
import { Heart } from "../../src/gateway/session/heart.ts";
import { Questions, ASKED_MAX, UNDER_WAY_PER_USER } from "../../src/gateway/session/questions.ts";
import { compare } from "../../src/gateway/session/repeat.ts";
import { note, INSTANCES_MAX, isUsed, WINDOW, type Sends } from "../../src/rules/sends.ts";
import { settled } from "./world.ts";

describe("the numbers of a client instance on one socket", () => {
  const after = (...cids: string[]): Window =>
    cids.reduce<Window>((window, cid) => numbered(window, cid) as Window, []);
  const verdict = (window: Window, cid: string): string => {
    const numbers = numbered(window, cid);
    return "code" in numbers ? numbers.code : "taken";
  };

  test("are 32 unanswered ones, counted from the lowest", () => {
    const one = after("a.5");
    expect([verdict(one, "a.36"), verdict(one, "a.37")]).toEqual(["taken", "limit.pending"]);
    expect(verdict(answered(one, "a.5"), "a.37")).toBe("taken");
  });

  test("may come late within the window, and not below it", () => {
    const window = answered(after("a.100"), "a.100");
    expect([verdict(window, "a.69"), verdict(window, "a.68")]).toEqual(["taken", "cid.not_rising"]);
  });

  test("are counted for each instance alone", () =>
    expect(verdict(after("a.100", "b.1"), "b.2")).toBe("taken"));

  test("that had no room may come again after a second", () =>
    expect(numbered(after("a.1"), "a.40")).toEqual({
      code: "limit.pending",
      field: "cid",
      retryAfterMs: 1_000,
    }));

  test("are answered for one instance alone, and an answer to none changes nothing", () => {
    const window = after("a.1", "a.2", "b.1");
    const open = (all: Window) => all.map((each) => [each.instance, ...each.open]);
    expect(open(window)).toEqual([
      ["b", 1],
      ["a", 1, 2],
    ]);
    expect(open(answered(window, "a.1"))).toEqual([
      ["b", 1],
      ["a", 2],
    ]);
    expect(answered(window, "b.2")).toEqual(window);
    expect(answered(window, "c.1")).toEqual(window);
  });

  test("are known of as many instances as the log remembers, the last used first", () => {
    const many = Array.from({ length: INSTANCES_MAX + 1 }, (_, i) => `i${i}.1`);
    const names = after(...many).map(({ instance }) => instance);
    expect(names).toEqual(
      many
        .slice(1)
        .map((cid) => cid.slice(0, -2))
        .toReversed(),
    );
    expect(after("a.1", "b.1", "a.2").map(({ instance }) => instance)).toEqual(["a", "b"]);
  });

  test("[S7] that a socket takes are never mistaken by the log for repeats, in whatever order it stores them", () => {
    const run = fc.array(fc.record({ n: fc.nat(120), stores: fc.nat(40) }), { maxLength: 200 });
    fc.assert(
      fc.property(run, (steps) => {
        let window: Window = [];
        let sends: Sends = [];
        const open: number[] = [];
        const stored = new Set<number>();
        for (const { n, stores } of steps) {
          const numbers = numbered(window, `a.${n}`);
          if (!("code" in numbers) && !stored.has(n) && !open.includes(n)) {
            window = numbers;
            open.push(n);
          }
          if (open.length === 0 || stores > 20) continue;
          const [next = 0] = open.splice(stores % open.length, 1);
          expect(isUsed(sends, `a.${next}`)).toBe(false);
          sends = note(sends, { cid: `a.${next}` });
          window = answered(window, `a.${next}`);
          stored.add(next);
        }
      }),
    );
  });

  test("reach as far as the log remembers", () =>
    expect([WINDOW, INSTANCES_MAX]).toEqual([32, 64]));
});

describe("a sign of life", () => {
  const KIB = 1024;
  const quiet = { received: 10, taken: 0, backlog: 0 };
  /** A heart that was last alive at 1. */
  const alive = (): Heart => {
    const heart = new Heart(0, 25);
    heart.look(quiet, 1);
    return heart;
  };

  test("is a byte received", () => {
    const heart = alive();
    expect(heart.look(quiet, 50)).toBe(49);
    expect(heart.look({ ...quiet, received: 11 }, 60)).toBe(0);
    expect(heart.look({ ...quiet, received: 11 }, 61)).toBe(1);
  });

  test("is a large backlog that shrinks, also when it is filled up again", () => {
    const heart = alive();
    expect(heart.look({ ...quiet, taken: 500, backlog: 200 * KIB }, 10)).toBe(9);
    expect(heart.look({ ...quiet, taken: 900, backlog: 200 * KIB }, 50)).toBe(0);
  });

  test("is no write by itself: the kernel takes small ones for a peer that was stopped", () => {
    const heart = alive();
    for (let n = 1; n < 200; n++) expect(heart.look({ ...quiet, taken: 100 * n }, n)).toBe(n - 1);
    heart.look({ ...quiet, taken: 50_000, backlog: 200 * KIB }, 200);
    expect(heart.look({ ...quiet, taken: 50_000, backlog: 200 * KIB }, 250)).toBe(249);
  });

  test("is asked for in rhythm, once each time", () => {
    const heart = new Heart(0, 25);
    const beats = [24, 25, 26, 49, 50, 90, 91].map((now) => heart.beats(now, 25));
    expect(beats).toEqual([false, true, false, false, true, true, false]);
  });
});

describe("questions", () => {
  const questions = new Questions();
  /** A question that is asked when its turn comes and answered when it is told. */
  const asked: { user: string; answer: () => void }[] = [];
  const put = (user: string, wanted = () => true): boolean =>
    questions.put(user, {
      wanted,
      ask: () => new Promise((done) => asked.push({ user, answer: done })),
    });

  test("of many users are few under way, and users have their turns", async () => {
    for (let n = 0; n < 20; n++) for (let each = 0; each < 10; each++) put(`user-${n}`);
    expect(asked).toHaveLength(ASKED_MAX);
    expect(put("late")).toBe(true);
    for (const { answer } of asked.splice(0, 20)) answer();
    await settled();
    expect(asked).toHaveLength(ASKED_MAX);
    expect(asked.map(({ user }) => user)).toContain("late");
    for (let n = 0; n < 20; n++) {
      const own = asked.filter(({ user }) => user === `user-${n}`);
      expect(own.length).toBeLessThanOrEqual(UNDER_WAY_PER_USER);
    }
    while (asked.length > 0) {
      for (const { answer } of asked.splice(0)) answer();
      await settled();
    }
    expect(questions.size).toBe(0);
  });

  test("that nobody wants any more make room for others of the same user", () => {
    let there = true;
    while (put("gone", () => there));
    there = false;
    expect(put("gone")).toBe(true);
  });
});

describe("marks", () => {
  test("of ever new peers stay within their bound", () => {
    const marks = new Marks();
    for (let n = 0; n < 60_000; n++)
      marks.storing(markKey("mallory", "d", `u${n}`))({ delivered: 1, read: 0 }, n);
    expect(marks.size).toBe(50_000);
  });

  test("never fall: an older one that is stored later hides nothing", () => {
    const marks = new Marks();
    marks.storing("k")({ delivered: 9, read: 4 }, 0);
    marks.storing("k")({ delivered: 5, read: 5 }, 1);
    expect(marks.rises("k", { delivered: 9, read: 5 }, 2)).toBe(false);
    expect(marks.rises("k", { delivered: 9, read: 6 }, 2)).toBe(true);
  });
});

test("what lies in a repeat's place is judged by what it says", () => {
  const send = { t: "send", cid: "a.1", to: "bob", body: "x" } as const;
  const fact = { type: "MessageSent", author: "alice", to: "bob", device: "d", cid: "a.1" };
  const of = (entry: object) => compare(JSON.stringify(entry), send);
  expect(of({ ...fact, body: "x", device: "another", later: true })).toBe("same");
  expect(of({ ...fact, body: "y" })).toBe("taken");
  expect(of({ ...fact, body: "x", to: "carol" })).toBe("taken");
  expect(of({ ...fact, body: "x", cid: "a.2" })).toBe("absent");
  expect(of({ type: "SessionClosed", sessionId: "s", reason: "left" })).toBe("absent");
  expect([compare("{", send), compare(undefined, send)]).toEqual(["absent", "absent"]);
});
