import { afterAll, beforeAll, describe, expect } from "vitest";
import { Proxies } from "../../../src/gateway/http/proxies.ts";
import { addressOf } from "../../../src/gateway/http/upgrade.ts";
import type { App } from "../../support/app.ts";
import { device, dial, type Device, type Frame } from "../../support/device.ts";
import { answer, siege } from "../../support/siege.ts";
import { handshake, knock } from "../../support/wire.ts";

const GREETING = 8;
/** As a server has them by itself. */
const SENDS_BURST = 40;
const SENDS_PER_SECOND = 20;
const { attack, app } = siege({
  GREETING_PER_ADDRESS: String(GREETING),
  SOCKETS_PER_DEVICE: "3",
  WATCHES_PER_SESSION: "5",
});
let mallory: Device;
beforeAll(async () => {
  mallory = await device(app(), "mallory");
});
afterAll(() => mallory?.close());

const tooFast = {
  t: "error",
  code: "rate_limited",
  retryable: true,
  retryAfterMs: expect.any(Number) as number,
};

describe("too many", () => {
  attack("sends at once are refused with the time to wait, and can be repeated", async () => {
    // Of two instances: 32 unanswered numbers of one would be another limit.
    const cid = (n: number) => `m${n % 2}.${Math.floor(n / 2)}`;
    const send = (n: number) => ({ t: "send", cid: cid(n), to: "zoe", body: `${n}` });
    const since = performance.now();
    const all = Array.from({ length: 60 }, (_, n) => answer(mallory, send(n)));
    const answered = await Promise.all(all);
    const refilled = ((performance.now() - since) * SENDS_PER_SECOND) / 1_000;
    expect(answered.slice(0, SENDS_BURST).map(({ t }) => t)).toEqual(
      Array(SENDS_BURST).fill("sent"),
    );
    const refused = answered.filter(({ t }) => t === "error");
    expect(refused.length).toBeGreaterThanOrEqual(60 - SENDS_BURST - Math.ceil(refilled));
    for (const each of refused) {
      expect(each).toMatchObject({
        ...tooFast,
        cid: expect.stringMatching(/^m[01]\.\d+$/) as string,
      });
      expect(each["retryAfterMs"]).toBeGreaterThan(0);
      expect(each["retryAfterMs"]).toBeLessThanOrEqual(1_000 / SENDS_PER_SECOND);
    }
    // A wait of its own would be a guess: ask until the bucket has one more.
    let again: Frame;
    do again = await answer(mallory, send(100));
    while (again["code"] === "rate_limited");
    expect(again).toMatchObject({ t: "sent", cid: cid(100) });
  });

  attack("typing signals at once are refused, and cost nobody the socket", async () => {
    for (let n = 1; n <= 6; n++) mallory.say({ t: "typing", peer: "ann", ref: `typing-${n}` });
    expect(await mallory.until(({ ref }) => ref === "typing-6")).toMatchObject(tooFast);
    expect(await answer(mallory, { t: "ping" })).toMatchObject({ t: "pong" });
  });

  attack("frames, again and again, end the socket with 4429", async () => {
    const flood = await device(app(), "flood");
    for (let i = 0; i < 2_000; i++) flood.say({ t: "ping" });
    expect(await flood.closed).toBe(4429);
    const refused = flood.frames.filter(({ t }) => t === "error");
    expect(refused.length).toBeGreaterThanOrEqual(20);
    for (const each of refused) expect(each).toMatchObject(tooFast);
    expect(flood.frames.filter(({ t }) => t === "pong").length).toBeGreaterThanOrEqual(400);
  });

  attack("sends, again and again, end the socket with 4429", async () => {
    const flood = await device(app(), "sender");
    for (let n = 0; n < 2_000; n++)
      flood.say({ t: "send", cid: `f.${n}`, to: "zoe", body: "more and more" });
    expect(await flood.closed).toBe(4429);
    const codes = flood.frames.filter(({ t }) => t === "error").map(({ code }) => code as string);
    expect(new Set([...codes, "limit.pending"])).toEqual(
      new Set(["limit.pending", "rate_limited"]),
    );
    expect(codes.at(-1)).toBe("rate_limited");
  });

  attack("users watched are refused, and those before stay watched", async () => {
    const users = (...names: string[]) => ({ users: names });
    const five = users("w1", "w2", "w3", "w4", "w5");
    const full = { code: "limit.watches", field: "users" };
    expect(await answer(mallory, { t: "watch", ...users("w0", ...five.users) })).toMatchObject(
      full,
    );
    mallory.say({ t: "watch", ...five });
    await mallory.until(({ t, user }) => t === "presence" && user === "w5");
    expect(await answer(mallory, { t: "watch", ...users("w6") })).toMatchObject(full);
    mallory.say({ t: "unwatch", ...users("w1") });
    mallory.say({ t: "watch", ...users("w6") });
    await mallory.until(({ t, user }) => t === "presence" && user === "w6");
  });
});

/** The answer to a hello on a socket of its own. */
async function hello(at: App, user: string): Promise<[Frame, Device]> {
  const token = await at.token(user);
  const dialled = await dial(at, user);
  return [await answer(dialled, { t: "hello", token, deviceId: "d" }), dialled];
}

describe("too many sockets", () => {
  attack("of one user are refused with 4429, until one has gone", async (at) => {
    const three = await Promise.all([hello(at, "many"), hello(at, "many"), hello(at, "many")]);
    expect(three.map(([{ t }]) => t)).toEqual(["welcome", "welcome", "welcome"]);
    const [refused, fourth] = await hello(at, "many");
    expect(refused).toMatchObject({ code: "limit.sockets", retryable: true });
    expect(await fourth.closed).toBe(4429);
    const [first, ...others] = three.map(([, dialled]) => dialled);
    await first?.close();
    const [welcome, fifth] = await hello(at, "many");
    expect(welcome).toMatchObject({ t: "welcome" });
    await Promise.all([fifth, ...others].map((each) => each.close()));
  });

  attack("one after the other are refused with 4429 and the time to wait", async (at) => {
    const token = await at.token("storm");
    const answers: Frame[] = [];
    for (let i = 0; i < 60; i++) {
      const each = await dial(at, "storm");
      answers.push(await answer(each, { t: "hello", token, deviceId: "d" }));
      if (answers.at(-1)?.t === "error") expect(await each.closed).toBe(4429);
      else await each.close();
    }
    expect(answers.slice(0, 20).map(({ t }) => t)).toEqual(Array(20).fill("welcome"));
    const refused = answers.filter(({ t }) => t === "error");
    expect(refused.length).toBeGreaterThan(20);
    for (const each of refused) expect(each).toMatchObject(tooFast);
    const [other, calm] = await hello(at, "calm");
    expect(other).toMatchObject({ t: "welcome" });
    await calm.close();
  });

  attack("that say nothing are refused by address, whatever address they claim", async (at) => {
    const silent = await Promise.all(Array.from({ length: GREETING }, () => dial(at)));
    for (const header of ["X-Forwarded-For", "Forwarded", "X-Real-IP"]) {
      const { status, text } = await knock(at, handshake(at, { [header]: "203.0.113.7" }));
      expect([header, status]).toEqual([header, 429]);
      expect(text).toContain('"code":"limit.sockets"');
      expect(text).toContain("Retry-After: 1");
    }
    await Promise.all(silent.map((each) => each.close()));
    let status = 0;
    while (status !== 101) ({ status } = await knock(at, handshake(at)));
  });
});

describe("the address of a client", () => {
  const asked = (remoteAddress: string, forwarded?: string) =>
    ({ socket: { remoteAddress }, headers: { "x-forwarded-for": forwarded } }) as never;
  const trusted = new Proxies(["10.0.0.1", "10.0.0.2"]);
  attack("is what a trusted proxy says, and what nobody else says", async () => {
    const rows: [string, string | undefined, string][] = [
      ["198.51.100.1", "203.0.113.7", "198.51.100.1"],
      ["10.0.0.1", undefined, "10.0.0.1"],
      ["10.0.0.1", "203.0.113.7", "203.0.113.7"],
      ["::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"],
      // As the proxy's own word would be read.
      ["fe80::1%eth0", undefined, "fe80::1"],
      // Addresses that the client itself put in front count for nothing.
      ["10.0.0.1", "1.1.1.1, 203.0.113.7", "203.0.113.7"],
      ["10.0.0.1", "1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"],
      ["10.0.0.1", " , ", "10.0.0.1"],
    ];
    for (const [peer, header, address] of rows)
      expect([peer, header, addressOf(asked(peer, header), trusted)]).toEqual([
        peer,
        header,
        address,
      ]);
  });
});
