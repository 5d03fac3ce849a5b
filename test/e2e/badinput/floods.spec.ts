import { describe, expect } from "vitest";
import type { App } from "../../support/app.ts";
import { device, type Device, type Frame } from "../../support/device.ts";
import { answer, siege } from "../../support/siege.ts";

const WATCHES = 300;
const MARKS = 40;
const { attack } = siege({
  WATCHES_BURST: String(WATCHES),
  WATCHES_PER_SECOND: "1",
  MARKS_BURST: String(MARKS),
  MARKS_PER_SECOND: "1",
  FRAMES_PER_SECOND: "2000",
  FRAMES_BURST: "2000",
});

const sockets = (app: App, user: string, count: number): Promise<Device[]> =>
  Promise.all(Array.from({ length: count }, () => device(app, user)));
const close = (devices: readonly Device[]) => Promise.all(devices.map((each) => each.close()));
const refusals = ({ frames }: Device): Frame[] => frames.filter(({ t }) => t === "error");

/** Subscriptions that the broker holds for all of its clients. */
async function subscriptions({ broker }: App): Promise<number> {
  const varz = (await (await fetch(`${broker.monitorUrl}/varz`)).json()) as Frame;
  return Number(varz["subscriptions"]);
}

describe("a user with many sockets", () => {
  attack("who watches without end costs the broker no more than the user's share", async (app) => {
    const before = await subscriptions(app);
    const all = await sockets(app, "watcher", 5);
    for (let round = 0; round < 20; round++) {
      for (const [i, each] of all.entries()) {
        const users = Array.from({ length: 100 }, (_, n) => `w-${round}-${i}-${n}`);
        each.say({ t: "watch", users });
        each.say({ t: "unwatch", users });
      }
    }
    for (const each of all) expect(await answer(each, { t: "ping" })).toMatchObject({ t: "pong" });
    expect(await subscriptions(app)).toBeLessThanOrEqual(before + WATCHES + 20);
    const codes = all.flatMap(refusals).map(({ code }) => code as string);
    expect(new Set(codes)).toEqual(new Set(["rate_limited"]));
    // 10,000 ids were named; of 300 at once and one a second few frames of a hundred were taken.
    expect(codes.length).toBeGreaterThanOrEqual(95);
    await close(all);
  });

  attack("who has received what nobody wrote stores no more than the user's share", async (app) => {
    const all = await sockets(app, "receiver", 3);
    for (let n = 0; n < 300; n++)
      for (const [i, each] of all.entries())
        each.say({ t: "delivered", peer: `stranger-${i}-${n}`, upTo: 1 });
    for (const each of all) await answer(each, { t: "ping" });
    const [first] = all as [Device];
    const { seq } = await answer(first, { t: "send", cid: "r.1", to: "zoe", body: "the end" });
    await first.until((frame) => frame["seq"] === seq && frame.t === "event");
    const stored = first.frames.filter((frame) => frame["event"]?.type === "MessageDelivered");
    expect(stored.length).toBeGreaterThanOrEqual(MARKS);
    expect(stored.length).toBeLessThanOrEqual(MARKS + 30);
    for (const each of all.flatMap(refusals))
      expect(each).toMatchObject({
        code: "rate_limited",
        retryAfterMs: expect.any(Number) as number,
      });
    await close(all);
  });

  attack(
    "who asks without end is cut off, and what nobody waits for is not answered",
    async (app) => {
      const all = await sockets(app, "asker", 3);
      for (let n = 0; n < 100; n++)
        for (const each of all) each.say({ t: "history", peer: "zoe", ref: n, atLeast: 1_000_000 });
      for (const each of all) expect(await each.closed).toBe(4429);
      const codes = new Set(all.flatMap(refusals).map(({ code }) => code as string));
      expect(codes).toContain("limit.questions");
      expect(all.flatMap(({ frames }) => frames.filter(({ t }) => t === "reply"))).toEqual([]);
    },
  );
});
