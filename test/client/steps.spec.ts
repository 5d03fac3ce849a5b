import { expect, test } from "vitest";
import {
  diagnose,
  IDLE,
  shownAs,
  step,
  type Happening,
  type LinkState,
} from "../../src/client/connection/connection.ts";

const NOW = 1_000_000;
const go = (link: LinkState, happening: Happening, now = NOW, random = 0) =>
  step(link, happening, now, random);
const connecting: LinkState = { ...IDLE, state: "connecting" };
const online: LinkState = { ...IDLE, state: "online", onlineAt: NOW };
const waiting: LinkState = { ...IDLE, state: "waiting", attempt: 1 };
const closed: LinkState = { ...IDLE, state: "closed" };
const way = { isDialled: true, attempt: 0, withinMs: 1 };
const dark: Happening = { type: "network", there: false };

/** All that may happen to a connection that has no socket. */
const HAPPENINGS: readonly Happening[] = [
  { type: "stop" },
  { type: "synced" },
  { type: "lost", final: false },
  { type: "goaway", withinMs: 1 },
  { type: "stay" },
  { type: "moved" },
  { type: "unmoved", final: false },
  { type: "due" },
  { type: "woken" },
  dark,
  { type: "heard" },
];

test("a connection that is closed takes nothing but a start", () => {
  for (const happening of HAPPENINGS) expect(go(closed, happening)).toEqual([closed]);
});

test("[C5] a machine without a network is known to be so over a stop and a start", () => {
  const [gone] = go(online, dark);
  const [stopped] = go(gone, { type: "stop" });
  expect([shownAs(stopped).state, stopped.offline]).toEqual(["closed", true]);
  expect(shownAs(go(stopped, { type: "start" })[0]).state).toBe("offline");
  expect(shownAs(go(IDLE, { type: "start" })[0]).state).toBe("connecting");
});

test("[C5] a machine that says that it has no network is no reason to try, nor to ask where nothing is open", () => {
  for (const link of [IDLE, connecting, waiting])
    expect(go(link, dark)).toEqual([{ ...link, offline: true }]);
});

test("a connection that is online is so from when it has caught up for the first time", () => {
  expect(go(online, { type: "synced" }, NOW + 5)).toEqual([online]);
});

test("a loss is one of a socket, and a hand-over one of a socket that was opened for it", () => {
  for (const link of [IDLE, waiting])
    expect(go(link, { type: "lost", final: true })).toEqual([link]);
  for (const link of [online, { ...online, move: { ...way, isDialled: false } }])
    for (const type of ["moved", "unmoved"] as const)
      expect(go(link, { type, final: true })).toEqual([link]);
});

test("[C10] a socket that is lost while another one is being opened is followed by that, as far as it has come", () => {
  const lost: Happening = { type: "lost", final: false };
  expect(go({ ...online, attempt: 3, move: way }, lost)).toEqual([
    { ...online, attempt: 3, state: "connecting" },
    { do: "goOn" },
  ]);
});

test("[C10] a hand-over is tried again at once where chance says so, and not before the server wants it", () => {
  const unmoved = { type: "unmoved", final: false } as const;
  const link = { ...online, move: way };
  expect(go(link, unmoved)[1]).toEqual({ do: "wait", ms: 0 });
  expect(go(link, { ...unmoved, retryAfterMs: 7 })[1]).toEqual({ do: "wait", ms: 7 });
});

test("a ping after sleep has 5 s for its answer, and what came with it is none", () => {
  const pulse = { heardAt: NOW, pingedAt: NOW, behindSince: undefined, probedAt: NOW };
  expect(diagnose(pulse, NOW + 4_999, 60_000, false)).toBeUndefined();
  expect(diagnose(pulse, NOW + 5_000, 60_000, false)).toBe("idle");
});
