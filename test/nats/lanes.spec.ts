import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Fact } from "../../src/events/fact.ts";
import type { Copy } from "../../src/events/copy.ts";
import { Lanes } from "../../src/nats/publish/lanes.ts";
import {
  RefusedError,
  UnavailableError,
  type Publication,
} from "../../src/nats/publish/publication.ts";
import type { Publisher } from "../../src/nats/publish/publisher.ts";
import { copySubject, factSubject, sessionSubject } from "../../src/nats/subjects.ts";
import { silent } from "../support/silent.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const late = new UnavailableError("not stored in time");
const FACTS = factSubject("alice");
const sent = (n: number, body = `${n}`): Fact => ({
  type: "MessageSent",
  author: "alice",
  to: "bob",
  device: "d",
  cid: `a.${n}`,
  body,
});
const read = (upTo: number): Fact => ({
  type: "MessageRead",
  author: "alice",
  peer: "bob",
  device: "d",
  upTo,
});
const delivered = (upTo: number): Fact => ({ ...read(upTo), type: "MessageDelivered" }) as Fact;
const closed = { type: "SessionClosed", sessionId: "s", reason: "left" } as const;
const told = (cause: number): Copy => ({
  type: "MessageSent",
  author: "alice",
  to: "bob",
  cid: `a.${cause}`,
  body: "x",
  cause,
  position: cause,
  sentAt: 1,
});

/** Lanes over a publisher that keeps what it is given; a test says what becomes of it. */
function lanesOf(of: "facts" | "copies", admits?: () => boolean) {
  const given: Publication[] = [];
  const away = new Set<string>();
  const publisher = {
    put: (publication: Publication) => void given.push(publication),
    isAway: (subject: string) => away.has(subject),
  } as unknown as Publisher;
  const lanes = new Lanes(publisher, silent, of, admits);
  const ids = (): (string | undefined)[] => given.map(({ id }) => id);
  const outcomes: [string, unknown][] = [];
  /** Puts it, and keeps its outcome under a name. */
  const put = (name: string, ...how: Parameters<Lanes["put"]>): void =>
    void lanes.put(...how).then(
      (said) => outcomes.push([name, said]),
      (error: unknown) => outcomes.push([name, (error as Error).name]),
    );
  const passed = () => vi.advanceTimersByTimeAsync(0);
  return { lanes, given, ids, away, put, outcomes, passed };
}

describe("a lane", () => {
  test("[S5][A3] has one under way, the next goes out when it is stored, and lanes wait for nobody else's", async () => {
    const { given, ids, put, outcomes, passed } = lanesOf("facts");
    for (const n of [1, 2, 3]) put(`${n}`, "s", FACTS, sent(n));
    put("other", "t", FACTS, sent(9));
    expect(ids()).toEqual(["f:alice:a.1", "f:alice:a.9"]);
    given[0]?.stored(11, false);
    expect(ids().slice(2)).toEqual(["f:alice:a.2"]);
    given[2]?.stored(12, true);
    given[3]?.stored(13, false);
    await passed();
    expect(outcomes).toEqual([
      ["1", { seq: 11, duplicate: false, event: sent(1) }],
      ["2", { seq: 12, duplicate: true, event: sent(2) }],
      ["3", { seq: 13, duplicate: false, event: sent(3) }],
    ]);
    // It is empty: the next goes out at once.
    put("4", "s", FACTS, sent(4));
    expect(ids().at(-1)).toBe("f:alice:a.4");
  });

  test("[S5] of facts fails as a whole, so that nothing overtakes what failed, and goes on behind that", async () => {
    const { given, ids, put, outcomes, passed } = lanesOf("facts");
    for (const n of [1, 2, 3]) put(`${n}`, "s", FACTS, sent(n));
    given[0]?.failed(late);
    await passed();
    expect(outcomes).toEqual(["1", "2", "3"].map((name) => [name, "UnavailableError"]));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(given).toHaveLength(1);
    put("1 again", "s", FACTS, sent(1));
    expect(ids()).toEqual(["f:alice:a.1", "f:alice:a.1"]);
  });

  test.each([
    [1_000, late],
    [10_000, new RefusedError("too large")],
  ])(
    "[A3] of copies tries again behind %i ms what came to %s, and lets nothing overtake it",
    async (ms, error) => {
      const { given, ids, put, outcomes, passed } = lanesOf("copies");
      for (const n of [1, 2]) put(`${n}`, "alice>bob", copySubject("bob"), told(n));
      expect(given[0]?.lasting).toBe(true);
      given[0]?.failed(error);
      await vi.advanceTimersByTimeAsync(ms - 1);
      expect(given).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(ids()).toEqual(["c:alice:1>bob@0", "c:alice:1>bob@0"]);
      given[1]?.stored(7, false);
      expect(ids().at(-1)).toBe("c:alice:2>bob@0");
      await passed();
      expect(outcomes.map(([name]) => name)).toEqual(["1"]);
    },
  );

  test("[A4] of copies leaves to the next start what fails when its host has closed", async () => {
    const { lanes, given, put, outcomes } = lanesOf("copies");
    for (const n of [1, 2]) put(`${n}`, "alice>bob", copySubject("bob"), told(n));
    lanes.close();
    expect([lanes.lasting, given[0]?.lasting]).toEqual([false, false]);
    given[0]?.failed(late);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(given).toHaveLength(1);
    expect(outcomes.map(([, why]) => why)).toEqual(["UnavailableError", "UnavailableError"]);
  });
});

describe("[T4] a receipt", () => {
  test("that has not gone out takes up the next, and tells all who wait for either", async () => {
    const { lanes, given, put, outcomes, passed } = lanesOf("facts");
    put("one", "s>bob", FACTS, delivered(5));
    put("two", "s>bob", FACTS, read(3));
    expect(lanes.takesUp("s>bob", delivered(7))).toBe(true);
    expect(given).toHaveLength(1);
    const text = given[0]?.payload() ?? "";
    expect(JSON.parse(text)).toMatchObject({ type: "MessageDelivered", upTo: 7, read: 3 });
    // It has gone out: the next goes behind it.
    expect(lanes.takesUp("s>bob", read(9))).toBe(false);
    put("three", "s>bob", FACTS, read(9));
    expect(given).toHaveLength(1);
    given[0]?.stored(11, false);
    await passed();
    expect(outcomes.map(([name]) => name)).toEqual(["one", "two"]);
    expect(outcomes[0]?.[1]).toEqual(outcomes[1]?.[1]);
    expect(outcomes[0]?.[1]).toMatchObject({ seq: 11, event: { upTo: 7, read: 3 } });
    expect(JSON.parse(given[1]?.payload() ?? "")).toEqual(read(9));
  });

  test("takes up nothing but receipts, is taken up by none, and there is nothing in an empty lane", () => {
    const { lanes, given, put } = lanesOf("facts");
    expect(lanes.takesUp("s", read(1))).toBe(false);
    put("message", "s", FACTS, sent(1));
    expect(lanes.takesUp("s", read(1))).toBe(false);
    put("read", "s", FACTS, read(1));
    expect(lanes.takesUp("s", sent(2))).toBe(false);
    given[0]?.stored(1, false);
    expect(given.map(({ id, yields }) => [id, yields])).toEqual([
      ["f:alice:a.1", undefined],
      [undefined, "patient"],
    ]);
  });
});

test("[N1] behind another one of a stream that is away a send is refused at once, the first is not, and an end waits", async () => {
  const { given, away, put, outcomes, passed } = lanesOf("facts");
  away.add(FACTS).add(sessionSubject("alice"));
  put("first", "s", FACTS, sent(1));
  put("second", "s", FACTS, sent(2));
  put("end", "s", sessionSubject("alice"), closed);
  await passed();
  expect(outcomes).toEqual([["second", "UnavailableError"]]);
  given[0]?.stored(5, false);
  expect(given.map(({ id, hasty }) => [id, hasty])).toEqual([
    ["f:alice:a.1", true],
    ["x:s", false],
  ]);
});

test("[L12] what the stream's rules keep out is refused as a fact, and waits with its lane as a copy", async () => {
  let may = false;
  const facts = lanesOf("facts", () => may);
  facts.put("fact", "s", FACTS, sent(1));
  await facts.passed();
  expect([facts.given, facts.outcomes]).toEqual([[], [["fact", "NotAdmittedError"]]]);
  const copies = lanesOf("copies", () => may);
  for (const n of [1, 2]) copies.put(`${n}`, "alice>bob", copySubject("bob"), told(n));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(copies.given).toEqual([]);
  may = true;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(copies.ids()).toEqual(["c:alice:1>bob@0"]);
});

test("what goes out alone, under another name and how long it is, its publication says", () => {
  const { given, put } = lanesOf("facts");
  put("one", "s", FACTS, sent(1, "four"), { again: "x", alone: true });
  put("two", "t", FACTS, read(1));
  expect(given.map(({ id, alone, chars, subject }) => [id, alone, chars, subject])).toEqual([
    ["f:alice:a.1:x", true, 4, FACTS],
    [undefined, false, 0, FACTS],
  ]);
});

test("[O3] the end waits until lanes are empty, for no longer than it is told, and for none to a stream that is away", async () => {
  const { lanes, given, away, put } = lanesOf("copies");
  const settled: string[] = [];
  const settle = (name: string, ms: number): void =>
    void lanes.settle(ms).then(() => settled.push(name));
  settle("empty", 1_000);
  await vi.advanceTimersByTimeAsync(0);
  expect(settled).toEqual(["empty"]);
  put("near", "alice>bob", copySubject("bob"), told(1));
  put("far", "alice>carol", copySubject("carol"), told(2));
  settle("late", 500);
  await vi.advanceTimersByTimeAsync(490);
  expect(settled).toEqual(["empty"]);
  await vi.advanceTimersByTimeAsync(20);
  expect(settled).toEqual(["empty", "late"]);
  settle("all", 5_000);
  away.add(copySubject("carol"));
  await vi.advanceTimersByTimeAsync(100);
  expect(settled).toEqual(["empty", "late"]);
  given[0]?.stored(3, false);
  await vi.advanceTimersByTimeAsync(10);
  expect(settled).toEqual(["empty", "late", "all"]);
});
