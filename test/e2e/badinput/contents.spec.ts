import { afterAll, beforeAll, describe, expect } from "vitest";
import { device, type Device } from "../../support/device.ts";
import { answer, siege } from "../../support/siege.ts";

const { attack, app } = siege({ LOG_LEVEL: "trace" });
let mallory: Device;
beforeAll(async () => {
  mallory = await device(app(), "mallory");
});
afterAll(() => mallory?.close());

const send = { t: "send", cid: "m.1", to: "zoe", body: "hi" };
/** `levels` objects, one in the other. */
const nested = (levels: number): object =>
  levels === 1 ? {} : { a: levels === 2 ? [] : nested(levels - 1) };
const dataOf = (bytes: number): object => ({ x: "\u00e9".repeat((bytes - 8) / 2) });
const badContents: [object, string, string][] = [
  ...[null, [], "x", 1, true].map((data): [object, string, string] => [
    { ...send, data },
    "data.invalid",
    "data",
  ]),
  [{ ...send, data: JSON.parse('{"__proto__":1}') as object }, "data.invalid", "data"],
  [{ ...send, data: { a: [{ b: JSON.parse('{"__proto__":{}}') }] } }, "data.invalid", "data"],
  [{ ...send, data: { a: "half \ud83d" } }, "data.malformed", "data"],
  [{ ...send, data: { a: [{ "\udc4d": 1 }] } }, "data.malformed", "data"],
  [{ ...send, data: { ...dataOf(4_090), yy: 1 } }, "data.too_large", "data"],
  [{ ...send, data: nested(32) }, "frame.too_deep", "data"],
  [{ ...send, data: nested(33) }, "frame.too_deep", "data"],
  ...[1, null, {}, ["k"], "", "k".repeat(129), "\u00e9".repeat(65), "\ud83d"].map(
    (key): [object, string, string] => [{ ...send, key }, "key.invalid", "key"],
  ),
];

describe("[D1] data and keys", () => {
  attack("are told which rule they break, and whose send it was", async () => {
    for (const [frame, code, field] of badContents) {
      const refused = await answer(mallory, frame);
      expect([frame, refused]).toMatchObject([frame, { t: "error", code, field, cid: "m.1" }]);
      await answer(mallory, { t: "ping" });
    }
  });

  attack("of the longest kind are delivered with the longest text", async () => {
    const zoe = await device(app(), "zoe");
    const whole = { body: "\u{1f4ef}".repeat(16_384), data: dataOf(4_096), key: "k".repeat(128) };
    const arrives = zoe.until(({ event }) => event?.body === whole.body);
    const sent = await answer(mallory, { ...send, ...whole });
    expect(sent).toMatchObject({ t: "sent" });
    const { event } = await arrives;
    expect(event).toMatchObject({ body: whole.body, data: whole.data });
    expect(event).not.toHaveProperty("key");
    const history = { t: "history", peer: "zoe", ref: "h", atLeast: sent["seq"] };
    const asked = await answer(mallory, history);
    expect(asked["result"].messages).toMatchObject([{ data: whole.data, key: whole.key }]);
    await zoe.close();
  });

  attack("are another message under the same number, and so refused", async () => {
    const whole = { ...send, cid: "m.2", data: { a: 1 }, key: "k" };
    expect(await answer(mallory, whole)).toMatchObject({ t: "sent" });
    for (const other of [{ data: { a: 2 } }, { key: "l" }])
      expect(await answer(mallory, { ...whole, ...other })).toMatchObject({ code: "cid.taken" });
    expect(await answer(mallory, whole)).toMatchObject({ t: "sent" });
  });

  attack("stand in no line of the logs", async () => {
    const data = { secret: "correct-horse" };
    await answer(mallory, { ...send, cid: "m.3", data, key: "battery-staple" });
    await answer(mallory, { ...send, cid: "m.4", data: [data], key: "battery-staple" });
    for (const secret of ["correct-horse", "battery-staple"])
      expect(app().log()).not.toContain(secret);
  });
});
