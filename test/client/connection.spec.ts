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
  test("[C10] whose server goes away dials beside its socket, once, and shows nothing of it", () => {
    const goaway: Happening = { type: "goaway", withinMs: 2_000 };
    const [moving, dialled] = go(online, goaway);
    expect([moving.state, dialled]).toEqual(["online", { do: "dialNext" }]);
    expect(go(moving, goaway)).toEqual([moving]);
    expect(go(moving, { type: "moved" }, NOW + 5)).toEqual([{ ...online, onlineAt: NOW + 5 }]);
  });
  test("[C10] waits between two tries to move, longer each time, and no longer than the server means to be there", () => {
    let [link] = go(online, { type: "goaway", withinMs: 3_000 });
    const waits = Array.from({ length: 5 }, () => {
      const [failed, effect] = go(link, { type: "unmoved", final: false });
      [link] = go(failed, { type: "due" });
      return effect?.do === "wait" ? effect.ms : undefined;
    });
    expect(waits).toEqual([500, 1_000, 2_000, 3_000, 3_000]);
    expect(go(link, { type: "unmoved", final: true })[1]).toBeUndefined();
  });
  test("[C10] whose server takes it back gives the other socket up, and tries no more", () => {
    const [moving] = go(online, { type: "goaway" });
    expect(go(moving, { type: "stay" })).toEqual([online, { do: "dropNext" }]);
    const [waiting] = go(moving, { type: "unmoved", final: false });
    const [staying, nothing] = go(waiting, { type: "stay" });
    expect([staying, nothing]).toEqual([online, undefined]);
    expect(go(staying, { type: "due" })).toEqual([online]);
  });
  test("[C10] that hears while it moves when its server goes, waits no longer than that from then on", () => {
    let [link] = go(online, { type: "goaway" });
    [link] = go(link, { type: "goaway", withinMs: 600 });
    const waits = Array.from({ length: 3 }, () => {
      const [failed, effect] = go(link, { type: "unmoved", final: false });
      [link] = go(failed, { type: "due" });
      return effect?.do === "wait" ? effect.ms : undefined;
    });
    expect(waits).toEqual([500, 600, 600]);
  });
  test("[C10] that hears when its server goes while it waits for its next try, tries at once", () => {
    const [moving] = go(online, { type: "goaway" });
    const [waiting] = go(moving, { type: "unmoved", final: false });
    const [trying, dialled] = go(waiting, { type: "goaway", withinMs: 600 });
    expect(dialled).toEqual({ do: "dialNext" });
    expect(go(trying, { type: "unmoved", final: false })[1], "as the second try").toEqual({
      do: "wait",
      ms: 600,
    });
  });
  test("[C10] that has not caught up moves when it has", () => {
    const [told, nothing] = go(connecting, { type: "goaway", withinMs: 9 });
    expect(nothing).toBeUndefined();
    expect(go(told, { type: "synced" })[1]).toEqual({ do: "dialNext" });
  });
  test("[C10] whatever happens to two sockets, there are no more, and one is in use while one is there", () => {
    const types = [
      "goaway",
      "stay",
      "moved",
      "unmoved",
      "lost",
      "synced",
      "due",
      "woken",
      "stop",
      "start",
    ];
    const all = fc.array(fc.tuple(fc.constantFrom(...types), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(all, (happenings) => {
        let link = IDLE;
        const open = { line: false, next: false };
        for (const [type, final] of happenings) {
          // A socket that is not there is told of by nobody.
          if (["moved", "unmoved"].includes(type) && !open.next) continue;
          if (["lost", "synced", "goaway", "stay"].includes(type) && !open.line) continue;
          if (type === "moved" && link.state !== "online") continue;
          if (type === "lost") open.line = false;
          if (type === "moved" || type === "unmoved") open.next = false;
          const [next, effect] = go(link, { type, final, withinMs: 1 } as Happening);
          link = next;
          if (effect?.do === "dial") {
            expect(open).toEqual({ line: false, next: false });
            open.line = true;
          }
          if (effect?.do === "dialNext") {
            expect(open).toEqual({ line: true, next: false });
            open.next = true;
          }
          if (effect?.do === "dropNext") {
            expect(open).toEqual({ line: true, next: true });
            open.next = false;
          }
          if (effect?.do === "goOn") Object.assign(open, { line: open.next, next: false });
          if (effect?.do === "hangUp") Object.assign(open, { line: false, next: false });
          expect(open.line).toBe(link.state === "connecting" || link.state === "online");
          expect(open.next && !open.line).toBe(false);
        }
      }),
    );
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
  test.each([1000, 1001, 1006, 1009, 1011, 4400, 4402, 4403, 4411, 4499, 5000])(
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
