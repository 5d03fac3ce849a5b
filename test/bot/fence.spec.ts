import { describe, expect, test } from "vitest";
import { rankOf } from "../../src/bot/fence.ts";
import type { SessionRow } from "../../src/protocol/frames/sessions.ts";

const row = (sessionId: string, position: number, more: Partial<SessionRow> = {}): SessionRow => ({
  sessionId,
  deviceId: "bot",
  gatewayId: "gw-1",
  openedAt: 1,
  position,
  ...more,
});
const lost = (countsInMs: number) => ({ closed: { reason: "gateway-lost", countsInMs } });
const place = (...rows: SessionRow[]) => rankOf(rows, "own", new Set(["own", "mine"]));

describe("[B2] a bot's session", () => {
  test("works where no older one of its device is open", () => {
    expect(place(row("own", 5))).toEqual({ is: "admitted" });
    expect(place(row("own", 5), row("later", 9))).toEqual({ is: "admitted" });
    expect(place(row("phone", 3, { deviceId: "phone" }), row("own", 5))).toEqual({
      is: "admitted",
    });
  });

  test("waits while an older one of its device is open", () =>
    expect(place(row("other", 3), row("own", 5))).toEqual({ is: "wait" }));

  test("does not wait for those of its own process", () =>
    expect(place(row("mine", 3), row("own", 5))).toEqual({ is: "admitted" }));

  test("waits until an end counts that another than the gateway has stated", () => {
    expect(place(row("other", 3, lost(900)), row("own", 5))).toEqual({ is: "wait", ms: 900 });
    expect(place(row("a", 2, lost(900)), row("b", 3, lost(7)), row("own", 5))).toEqual({
      is: "wait",
      ms: 900,
    });
    // The one that is open counts longer than any.
    expect(place(row("a", 2, lost(900)), row("b", 3), row("own", 5))).toEqual({ is: "wait" });
  });

  test("does nothing more when it has ended itself", () => {
    expect(place(row("other", 3))).toEqual({ is: "gone" });
    expect(place(row("own", 5, lost(900)))).toEqual({ is: "gone" });
  });
});
