import { describe, expect, test } from "vitest";
import type { Happening } from "../../src/gateway/session/session.ts";
import { fresh, happens, opened, opening, run, welcomed } from "./rules.ts";

describe("a client that is being let in", () => {
  test("[M5] is read for as far as anything has told meanwhile, whatever came last", () => {
    const told: Happening[] = [
      { type: "routed", seq: 12, prev: 9, frame: "{}" },
      { type: "reaches", head: 8 },
    ];
    expect(run(opening, [...told, opened])).toMatchObject({ cursor: { head: 12 } });
    expect(run(opening, [{ type: "reaches", head: 14 }, opened])).toMatchObject({
      cursor: { head: 14 },
    });
  });

  test("is asked for a sign of life, and told of no end before it is welcomed", () =>
    happens(opening, { type: "tick", silentMs: 0, beat: true, confirmed: true }).does({
      do: "ping",
    }));

  test("has not said who it is by anything but a frame", () => {
    for (const happening of [
      { type: "reaches", head: 8 },
      { type: "leaving" },
      { type: "unread" },
    ] satisfies Happening[]) {
      const { after, does } = happens(fresh, happening);
      does();
      expect(after).toBe(fresh);
    }
  });
});

test("a client that is asked to move is told within how long, if that is known", () => {
  const goaway = { t: "goaway" } as const;
  happens(welcomed, { type: "leaving" }).does({ do: "say", frame: goaway });
  happens(welcomed, { type: "leaving", withinMs: 9 }).does({
    do: "say",
    frame: { ...goaway, withinMs: 9 },
  });
});
