import { describe, expect, test } from "vitest";
import { breaches, type Note } from "./history.ts";

const joins: Note = { what: "joins", user: "bob", device: "phone" };
const sends = (text: string, to = "bob"): Note => ({ what: "sends", author: "alice", to, text });
const acks = (text: string, id = `alice:${text}`): Note => ({ what: "acks", text, id });
const shows = (text: string, id = `alice:${text}`): Note => ({
  what: "shows",
  user: "bob",
  device: "phone",
  author: "alice",
  text,
  id,
});

describe("the checker", () => {
  test("is content with what was sent, stored and shown once, in order", () =>
    expect(
      breaches([
        joins,
        sends("1"),
        sends("2"),
        acks("1"),
        acks("1"),
        shows("1"),
        acks("2"),
        shows("2"),
      ]),
    ).toEqual([]));

  test("is content with what was never acknowledged, shown or not", () =>
    expect(breaches([joins, sends("1"), sends("2"), shows("2")])).toEqual([]));

  const bad: Record<string, Note[]> = {
    lost: [joins, sends("1"), acks("1")],
    "doubled: phone": [joins, sends("1"), shows("1"), shows("1")],
    "doubled: phone shows 2": [joins, sends("1"), sends("2"), shows("1"), shows("2", "alice:1")],
    "doubled: 1 was stored as": [joins, sends("1"), acks("1"), acks("1", "alice:9"), shows("1")],
    disordered: [joins, sends("1"), sends("2"), shows("2"), shows("1")],
    "phantom: phone shows 1, which": [joins, shows("1")],
    "phantom: phone shows 2, which": [joins, sends("2", "carol"), shows("2")],
    "phantom: phone shows 1 as": [joins, sends("1"), acks("1"), shows("1", "alice:9")],
  };
  for (const [breach, notes] of Object.entries(bad))
    test(`finds what is ${breach}`, () => {
      const found = breaches(notes);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(new RegExp(`^${breach}`));
    });
});
