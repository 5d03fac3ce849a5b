import { describe, expect, test } from "vitest";
import { deafness, type Deafness, type Hearing } from "./invariants/deafness.ts";

const follows = (seq: number, at: number): Hearing => ({
  what: "follows",
  socket: "phone",
  user: "bob",
  seq,
  at,
});
const stored = (seq: number, at: number, user = "bob"): Hearing => ({
  what: "stored",
  user,
  seq,
  at,
});
const gets = (seq: number, at: number): Hearing => ({ what: "gets", socket: "phone", seq, at });
const is = (what: "closed" | "excused" | "accused", at: number): Hearing => ({
  what,
  socket: "phone",
  at,
});
const over = (at: number): Hearing => ({ what: "over", at });
const found = (...notes: Hearing[]): Deafness[] => deafness(notes, 10_000);

describe("[M15] the checker of open sockets that hear nothing", () => {
  test.each<[string, Hearing[]]>([
    ["gets all in time", [follows(1, 0), stored(2, 5), gets(2, 9_000), over(60_000)]],
    ["lacks nothing of its own", [follows(1, 0), stored(2, 5, "alice"), over(60_000)]],
    ["is closed", [follows(1, 0), stored(2, 5), is("closed", 9_000), over(60_000)]],
    [
      "was cut off meanwhile, and gets all behind that",
      [follows(1, 0), stored(2, 5), is("excused", 10), is("accused", 50_000), gets(2, 55_000)],
    ],
    [
      "is behind again and again, each time for a short while",
      [
        follows(1, 0),
        stored(2, 5),
        stored(3, 8_000),
        gets(2, 9_000),
        gets(3, 17_000),
        over(60_000),
      ],
    ],
  ])("is content with one that %s", (_, notes) => expect(found(...notes)).toEqual([]));

  test.each<[string, Hearing[]]>([
    [
      "gets some in time, and not all",
      [
        follows(1, 0),
        stored(2, 5),
        stored(3, 8_000),
        gets(2, 9_000),
        gets(3, 18_001),
        over(60_000),
      ],
    ],
    ["gets nothing more", [follows(1, 0), stored(2, 5), over(10_006)]],
    ["gets it too late", [follows(1, 0), stored(2, 5), gets(2, 10_006), over(60_000)]],
    ["began behind, and stays so", [stored(2, 0), follows(1, 5), over(10_006)]],
    [
      "gets the next one, and not this",
      [follows(1, 0), stored(2, 5), stored(3, 6), gets(2, 7), over(20_000)],
    ],
    [
      "gets nothing once it is no longer cut off",
      [follows(1, 0), is("excused", 1), stored(2, 5), is("accused", 50_000), over(60_001)],
    ],
    ["was closed when it was deaf already", [follows(1, 0), stored(2, 5), is("closed", 60_000)]],
  ])("flags one that %s", (_, notes) => {
    expect(found(...notes)).toEqual([expect.objectContaining({ socket: "phone", user: "bob" })]);
  });
});
