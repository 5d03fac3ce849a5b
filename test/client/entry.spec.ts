import { describe, expect, test } from "vitest";
import {
  hasItsKey,
  isItself,
  isOtherLogin,
  isShownAs,
  renamed,
  retried,
  UNNAMED,
  unsent,
} from "../../src/client/outbox/entry.ts";
import { randomName } from "../../src/client/randomname.ts";
import { left } from "./devices.ts";

const entry = left("a.1", { body: "hi" });
const shown = { cid: "a.1", to: "bob", body: "hi" };

describe("an entry is shown", () => {
  test("by what has its number, its peer and its text", () => {
    expect(isShownAs(entry, shown)).toBe(true);
    expect(isShownAs(entry, { ...shown, cid: "a.2" })).toBe(false);
    expect(isShownAs(entry, { ...shown, body: "ho" })).toBe(false);
    expect(isShownAs(entry, { ...shown, to: "carol" })).toBe(false);
  });
  test("by a number of its own name, under which it went out anew", () => {
    expect(isShownAs(entry, { ...shown, cid: `${entry.name}.2` })).toBe(true);
    expect(isShownAs(entry, { ...shown, cid: `${entry.name}.2`, body: "ho" })).toBe(false);
  });
  test("by a retry of it elsewhere, by what it is a retry of, and by another retry of the same", () => {
    const retry = { ...entry, cid: "a.2", replaces: "a.1" };
    expect(isShownAs(entry, { ...shown, cid: "b.7", replaces: "a.1" })).toBe(true);
    expect(isShownAs(retry, shown)).toBe(true);
    expect(isShownAs(retry, { ...shown, cid: "b.7", replaces: "a.1" })).toBe(true);
    expect(isShownAs(retry, { ...shown, cid: "b.7", replaces: "a.3" })).toBe(false);
  });
});

test("[S9] an entry is known by its key, where it has one", () => {
  const named = { ...entry, key: "k" };
  expect(hasItsKey(named, { ...shown, key: "k", body: "ho" })).toBe(true);
  expect(hasItsKey(named, { ...shown, key: "l" })).toBe(false);
  expect(hasItsKey(entry, shown)).toBe(false);
});

test("[S9] data and key are a part of what an entry says", () => {
  const rich = { ...entry, data: { a: 1 }, key: "k" };
  const same = { ...shown, data: { a: 1 }, key: "k" };
  expect(isItself(rich, same)).toBe(true);
  expect(isShownAs(rich, { ...same, cid: "b.7", replaces: "a.1" })).toBe(true);
  for (const other of [shown, { ...same, data: { a: 2 } }, { ...same, key: "l" }]) {
    expect(isItself(rich, other)).toBe(false);
    expect(isShownAs(rich, other)).toBe(false);
  }
  expect(unsent(rich)).toMatchObject({ data: { a: 1 }, key: "k" });
  expect(retried(rich, () => false)).toMatchObject({ data: { a: 1 }, key: "k", replaces: "a.1" });
});

test("an entry is itself by number, peer and text together", () => {
  expect(isItself(entry, shown)).toBe(true);
  expect(isItself(entry, { ...shown, cid: "a.2" })).toBe(false);
  expect(isItself(entry, { ...shown, body: "ho" })).toBe(false);
});

test("two log-ins are other ones only if both are named", () => {
  expect(isOtherLogin("x", "y")).toBe(true);
  expect(isOtherLogin("x", "x")).toBe(false);
  expect(isOtherLogin("x", UNNAMED)).toBe(false);
  expect(isOtherLogin(UNNAMED, "y")).toBe(false);
});

test("an author sees an entry as pending, sent or failed, with what is known of it", () => {
  const { cid, author, to, body, at } = entry;
  const seen = { cid, author, mine: true, to, body, at };
  expect(unsent(entry)).toEqual({ ...seen, status: "pending" });
  const stored = { id: "alice:9", seq: 9 };
  expect(unsent({ ...entry, ...stored })).toEqual({ ...seen, ...stored, status: "sent" });
  const refused = { ...entry, seq: 9, error: "cid.taken" };
  expect(unsent(refused)).toEqual({ ...seen, seq: 9, status: "failed", error: "cid.taken" });
});

test("a random name is 24 hexadecimal digits, and another one each time", () => {
  const names = Array.from({ length: 100 }, randomName);
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{24}$/);
  expect(new Set(names).size).toBe(100);
});

describe("an entry whose number is taken", () => {
  const none = () => false;
  test("goes under a name of its own, the same in every copy of the machine", () => {
    const [one, other] = [renamed(entry, none), renamed({ ...entry }, none)];
    expect(one?.cid).toBe("x-a-1.1");
    expect(one).toEqual(other);
    expect(one).toMatchObject({ writer: "a", body: "hi", rank: 1 });
  });
  test("forgets the id that went with the number, and a `replaces` that is used", () => {
    const told = { ...entry, id: "alice:9", seq: 9, replaces: "a.0" };
    expect(renamed(told, none)).toMatchObject({ replaces: "a.0" });
    const again = renamed(told, (cid) => cid === "a.0");
    for (const field of ["replaces", "id"]) expect(again).not.toHaveProperty(field);
  });
  test("stays ✓ if it was", () => {
    expect(unsent(renamed({ ...entry, id: "alice:9", seq: 9 }, none) ?? entry).status).toBe("sent");
  });
  test("is not numbered anew for ever", () => {
    let next = renamed(entry, none);
    const cids: (string | undefined)[] = [];
    for (; next !== undefined && cids.length < 10; next = renamed(next, none)) cids.push(next.cid);
    expect(cids).toEqual(["x-a-1.1", "x-a-1.2", "x-a-1.3"]);
  });
});

describe("a retry", () => {
  test("names the first that failed, also as a retry of a retry", () => {
    expect(retried(entry, () => false)).toEqual({ to: "bob", body: "hi", replaces: "a.1" });
    const second = { ...entry, cid: "a.2", replaces: "a.1" };
    expect(retried(second, () => false).replaces).toBe("a.1");
  });
  test("names nothing when the number is another message's", () => {
    expect(retried(entry, () => true)).toEqual({ to: "bob", body: "hi" });
  });
});
