import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  diagnose,
  IDLE,
  isFinal,
  shownAs,
  step,
  type Happening,
  type LinkState,
} from "../../src/client/connection/connection.ts";

const NOW = 1_000_000;
const lost: Happening = { type: "lost", final: false };
const go = (link: LinkState, happening: Happening, now = NOW, random = 1) =>
  step(link, happening, now, random);
const connecting: LinkState = { ...IDLE, state: "connecting" };
const online: LinkState = { ...IDLE, state: "online", onlineAt: NOW };
const waiting: LinkState = { ...IDLE, state: "waiting", attempt: 1 };

describe("a connection", () => {
  test("dials when it is started, once", () => {
    expect(go(IDLE, { type: "start" })).toEqual([connecting, { do: "dial" }]);
    expect(go(online, { type: "start" })).toEqual([online]);
  });
  test("is online when everything missed has arrived", () => {
    expect(go(connecting, { type: "synced" })).toEqual([online]);
  });
  test("[C6] waits longer after each loss, never more than 20 s", () => {
    let link = connecting;
    const waits = Array.from({ length: 8 }, () => {
      const [next, effect] = go(link, lost);
      link = { ...next, state: "connecting" };
      return effect?.do === "wait" ? effect.ms : undefined;
    });
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]);
  });
  test("spreads its waits over the whole time", () => {
    expect(go(connecting, lost, NOW, 0)[1]).toEqual({ do: "wait", ms: 0 });
    expect(go({ ...connecting, attempt: 3 }, lost, NOW, 0.5)[1]).toEqual({ do: "wait", ms: 2000 });
  });
  test("starts small again only after it has been good for 10 s", () => {
    const link = { ...online, attempt: 5 };
    expect(go(link, lost, NOW + 9_999)[0].attempt).toBe(6);
    expect(go(link, lost, NOW + 10_000)[0].attempt).toBe(1);
  });
  test("waits at least as long as the server said", () => {
    const told: Happening = { type: "lost", final: false, retryAfterMs: 30_000 };
    expect(go(connecting, told, NOW, 0)[1]).toEqual({ do: "wait", ms: 30_000 });
  });
  test("[C5] is not held back by a machine that says it has no network, and tries at once by a hint", () => {
    const [held, effect] = go(online, lost);
    expect(effect).toEqual({ do: "wait", ms: 500 });
    expect(go(held, { type: "woken" })[1]).toEqual({ do: "dial" });
  });
  test("takes no hint before the moment that the server has named", () => {
    const told: Happening = { type: "lost", final: false, retryAfterMs: 30_000 };
    const [held] = go(connecting, told);
    expect(go(held, { type: "woken" }, NOW + 29_999)).toEqual([held]);
    expect(go(held, { type: "woken" }, NOW + 30_000)[1]).toEqual({ do: "dial" });
  });
  test("dials at once when it is looked at again, or asks whether the socket still lives", () => {
    expect(go(waiting, { type: "woken" })[1]).toEqual({ do: "dial" });
    expect(go(online, { type: "woken" })[1]).toEqual({ do: "probe" });
    expect(go(connecting, { type: "woken" })[1]).toBeUndefined();
  });
  test("[C6] that the server does not want back is closed, as after stop", () => {
    const [refused] = go(online, { type: "lost", final: true });
    const [stopped, effect] = go(online, { type: "stop" });
    expect([refused.state, stopped.state, effect?.do]).toEqual(["closed", "closed", "hangUp"]);
    for (const type of ["due", "woken", "synced"] as const)
      expect(go(refused, { type })).toEqual([refused]);
  });
  test("that is closed begins anew when somebody wants it", () => {
    const [closed] = go({ ...online, attempt: 7 }, { type: "lost", final: true });
    expect(go(closed, { type: "start" })).toEqual([connecting, { do: "dial" }]);
  });
  test("shows at once that the machine has no network, and waits for nothing because of it", () => {
    const gone: Happening = { type: "network", there: false };
    const [dark, effect] = go(online, gone);
    expect([shownAs(dark).state, dark.state, effect]).toEqual([
      "offline",
      "online",
      { do: "probe" },
    ]);
    expect(shownAs(go(dark, { type: "heard" })[0]).state).toBe("online");
    const [lost1, wait] = go(dark, lost);
    expect([shownAs(lost1, 7, "idle"), wait]).toEqual([
      { state: "offline", retryAt: 7, reason: "idle" },
      { do: "wait", ms: 500 },
    ]);
    const [dialled, dial] = go(lost1, { type: "due" });
    expect([shownAs(dialled).state, dial]).toEqual(["offline", { do: "dial" }]);
    expect(shownAs(go(dialled, { type: "heard" })[0]).state).toBe("connecting");
    const [back, again] = go(lost1, { type: "network", there: true });
    expect([shownAs(back).state, again]).toEqual(["connecting", { do: "dial" }]);
    for (const link of [IDLE, { ...online, state: "closed" as const }])
      expect(shownAs(go(link, gone)[0]).state).toBe(link.state);
  });
  test("never has two sockets, whatever happens", () => {
    const happening: fc.Arbitrary<Happening> = fc.oneof(
      fc.constantFrom("start", "synced", "due", "woken", "heard").map((type) => ({ type })),
      fc.boolean().map((there) => ({ type: "network" as const, there })),
      fc.boolean().map((final) => ({ type: "lost" as const, final })),
    );
    fc.assert(
      fc.property(fc.array(happening), (all) => {
        let link = IDLE;
        for (const one of all) {
          const had = link.state === "connecting" || link.state === "online";
          const [next, effect] = go(link, one);
          if (effect?.do === "dial") expect(had).toBe(false);
          expect(effect?.do === "dial").toBe(next.state === "connecting" && !had);
          link = next;
        }
      }),
    );
  });
});

describe("a close code", () => {
  test.each([1000, 1001, 1006, 1009, 1011, 4400, 4402, 4403, 4411, 4499])(
    "%i is no reason to give up",
    (code) => expect(isFinal(code)).toBe(false),
  );
  test.each([4500, 4501, 4999])("%i is", (code) => expect(isFinal(code)).toBe(true));
});

describe("a socket is given up", () => {
  const well = { heardAt: NOW, pingedAt: NOW, behindSince: undefined, probedAt: undefined };
  const probed = { ...well, probedAt: NOW + 1 };
  test("when nothing has come for the idle time", () => {
    expect(diagnose(well, NOW + 59_999, 60_000, false)).toBeUndefined();
    expect(diagnose(well, NOW + 60_000, 60_000, false)).toBe("idle");
  });
  test("when an event that the server knows of does not come", () => {
    const behind = { ...well, behindSince: NOW };
    expect(diagnose(behind, NOW + 3_999, 60_000, false)).toBeUndefined();
    expect(diagnose(behind, NOW + 4_000, 60_000, false)).toBe("behind");
  });
  test("when a ping after sleep is not answered", () => {
    expect(diagnose(probed, NOW + 5_001, 60_000, false)).toBe("idle");
    expect(diagnose({ ...well, probedAt: NOW - 1 }, NOW + 5_001, 60_000, false)).toBeUndefined();
  });
  test("after the idle time only, when a long answer may hide the one to the ping", () => {
    expect(diagnose(probed, NOW + 59_999, 60_000, true)).toBeUndefined();
    expect(diagnose(probed, NOW + 60_000, 60_000, true)).toBe("idle");
  });
});
