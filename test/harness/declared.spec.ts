import { describe, expect, test } from "vitest";
import type { Happening, LoggedEvent } from "./history/happening.ts";
import { arrange } from "./history/history.ts";
import { declared } from "./invariants/declared.ts";

const stored = (seq: number, event: LoggedEvent): Happening => ({
  at: 0,
  what: "stored",
  stream: "MAILBOX_0",
  seq,
  position: seq,
  owner: "alice",
  kind: "session",
  wall: 1_000 * seq,
  event,
});

/** alice's session at gateway "a" is opened, and closed 4 s later for a reason. `deaths`: when each gateway was declared dead. */
function breaches(reason: string, deaths: Record<string, number> = {}): string[] {
  const lines = [
    stored(1, { type: "SessionOpened", sessionId: "s", gatewayId: "a" }),
    stored(5, { type: "SessionClosed", sessionId: "s", reason }),
    ...Object.entries(deaths).map(([gatewayId, wall]): Happening => ({
      at: 9,
      what: "declared",
      gatewayId,
      wall,
    })),
  ];
  return declared.breaches(arrange(lines));
}

describe("the checker of gateways' deaths", () => {
  test.each<[string, string, Record<string, number>]>([
    ["is closed behind the declaration", "gateway-lost", { a: 4_999 }],
    ["is closed for another reason", "left", {}],
  ])("is content with a session that %s", (_, reason, deaths) =>
    expect(breaches(reason, deaths)).toEqual([]),
  );

  test.each<[string, Record<string, number>]>([
    ["nobody was declared dead", {}],
    ["another gateway was declared dead", { b: 1 }],
    ["its own was declared dead later", { a: 5_001 }],
  ])("flags one that is closed for its gateway when %s", (_, deaths) => {
    expect(breaches("gateway-lost", deaths)).toEqual([
      expect.stringContaining("the end of a session of a, which was not declared dead by then"),
    ]);
  });
});
