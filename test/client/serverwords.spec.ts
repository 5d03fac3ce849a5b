import { expect, test } from "vitest";
import { bounded } from "../../src/client/connection/bounded.ts";
import { isForeign } from "../../src/client/connection/foreign.ts";
import type { ServerFrame } from "../../src/protocol/frames/frame.ts";

const error = { t: "error", code: "unavailable", retryable: true } as const;

test("[C5] no wait that a server names is longer than ten minutes, or less than none", () => {
  const wait = (retryAfterMs?: number) =>
    bounded({ ...error, ...(retryAfterMs !== undefined && { retryAfterMs }) } as ServerFrame);
  expect([wait(7), wait(600_001), wait(-1)]).toEqual([
    { ...error, retryAfterMs: 7 },
    { ...error, retryAfterMs: 600_000 },
    { ...error, retryAfterMs: 0 },
  ]);
  expect(wait()).toEqual(error);
  const pong = { t: "pong", retryAfterMs: 600_001 } as never;
  expect(bounded(pong)).toBe(pong);
});

test("[C4] a client that is one user's knows by the server's first word that it is taken for another", () => {
  const welcome = (user: string) => ({ t: "welcome", user }) as ServerFrame;
  const refusal = (field?: string) => ({ ...error, ...(field && { field }) }) as ServerFrame;
  const frames = [
    welcome("alice"),
    welcome("bob"),
    refusal("since.0.mailbox"),
    refusal("token"),
    refusal(),
  ];
  expect(frames.map((each) => isForeign(each, "alice"))).toEqual([false, true, true, false, false]);
  expect(frames.some((each) => isForeign(each, undefined))).toBe(false);
});
