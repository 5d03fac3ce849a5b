import { describe, expect, test } from "vitest";
import { happens, said, welcomed } from "./rules.ts";

describe("a heartbeat", () => {
  test("[M14] answers a ping, with the head of the mailbox if that is confirmed", () => {
    const frame = { t: "ping", ref: 1 } as const;
    happens(welcomed, { type: "frame", frame, confirmed: true }).does({
      do: "say",
      frame: { t: "pong", head: 5, ref: 1 },
    });
    happens(welcomed, said(frame)).does({ do: "say", frame: { t: "pong", ref: 1 } });
  });

  test("[M14] comes in rhythm with a wish for a sign of life, and with the head if that is confirmed", () => {
    const tick = { type: "tick", silentMs: 0, beat: true } as const;
    const sure = happens(welcomed, { ...tick, confirmed: true });
    sure.does({ do: "say", frame: { t: "pong", head: 5 } }, { do: "ping" });
    const unsure = happens(welcomed, { ...tick, confirmed: false });
    unsure.does({ do: "say", frame: { t: "pong" } }, { do: "ping" });
    expect(unsure.after).toBe(welcomed);
    happens(sure.after, { ...tick, beat: false }).does();
  });
});
