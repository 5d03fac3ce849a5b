import { connect } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { device, dial, type Device } from "../../support/device.ts";
import { answer, refusal, siege } from "../../support/siege.ts";

const MANY = {
  SENDS_PER_SECOND: "500",
  SENDS_BURST: "500",
  DEVICE_HELLOS_BURST: "500",
  USER_HELLOS_BURST: "500",
};
const { attack, app } = siege({ ...MANY, LOG_LEVEL: "trace" });
let mallory: Device;
beforeAll(async () => {
  mallory = await device(app(), "mallory");
});
afterAll(() => mallory?.close());

const send = { t: "send", cid: "m.1", to: "zoe", body: "hi" };

describe("[D1] text that is no frame", () => {
  attack("is refused as malformed", async () => {
    const texts = [
      "",
      " ",
      "hello",
      "NaN",
      "null",
      "1",
      '"ping"',
      "[]",
      '[{"t":"ping"}]',
      '\ufeff{"t":"ping"}',
      '{"t":"ping"}{"t":"ping"}',
      '{"t":"ping"} x',
      '{"t":"ping"}\0',
      '{"t":"ping"',
      "{t:'ping'}",
      '{"t":"ping","ref":NaN}',
      '{"t":"ping","ref":01}',
      '{"t":"send","body":"\u0001"}',
    ];
    for (const text of texts) {
      expect(await refusal(mallory, text)).toMatchObject({ code: "frame.malformed" });
      await answer(mallory, { t: "ping" });
    }
  });

  attack("nested 200,000 or 33 levels deep is refused before it is read, 32 are not", async () => {
    const nest = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;
    const inside = (levels: number): string => `{"t":"ping","x":${nest(levels)}}`;
    const objects = `${'{"a":'.repeat(9_000)}1${"}".repeat(9_000)}`;
    for (const text of [nest(33_000), "[".repeat(60_000), objects, inside(32), nest(33)])
      expect(await refusal(mallory, text)).toMatchObject({ code: "frame.too_deep" });
    expect(await refusal(mallory, inside(31))).toMatchObject({ code: "frame.unknown_field" });
    expect(await answer(mallory, { ...send, to: "mallory", body: "[".repeat(200) })).toMatchObject({
      code: "id.self",
    });
    const whole = await device(app(), "mallory");
    whole.raw("[".repeat(200_000));
    expect(await whole.closed).toBe(1009);
  });

  attack("that is binary is refused, also when it would be a frame", async () => {
    const binary = await refusal(mallory, Buffer.from('{"t":"ping"}'));
    expect(binary).toMatchObject({ code: "frame.binary", retryable: false });
  });
});

describe("a frame with more fields than the protocol names", () => {
  attack("is refused when they are keys of objects' own making", async () => {
    const frames = [
      '{"t":"ping","__proto__":{"x":1}}',
      '{"t":"ping","constructor":{"prototype":{"x":1}}}',
      '{"t":"ping","toString":1}',
      '{"t":"ping","hasOwnProperty":1}',
      '{"t":"ping","":1}',
    ];
    for (const text of frames)
      expect([text, (await refusal(mallory, text))["code"]]).toEqual([text, "frame.unknown_field"]);
    for (const t of ["__proto__", "constructor", "toString"])
      expect(await answer(mallory, { t })).toMatchObject({ code: "op.unknown" });
    expect(await answer(mallory, { t: "ping" })).toMatchObject({ t: "pong" });
  });

  attack("is refused when they are the server's to set", async () => {
    for (const field of [
      "from",
      "author",
      "userId",
      "user",
      "deviceId",
      "sessionId",
      "seq",
      "ts",
      "at",
      "sentAt",
      "status",
      "position",
      "cause",
      "durability",
      "headers",
      "Nats-Rollup",
      "Nats-Msg-Id",
      "Nats-TTL",
    ]) {
      const refused = await answer(mallory, { ...send, [field]: "alice" });
      expect(refused).toMatchObject({ code: "frame.unknown_field", field, cid: "m.1" });
    }
    await answer(mallory, { t: "ping" });
    const asked = await answer(mallory, { t: "chats", owner: "ann", view: "history" });
    expect(asked).toMatchObject({ code: "frame.unknown_field" });
  });
});

describe("a frame of the wrong kind", () => {
  attack("is told which field broke which rule, and its name", async () => {
    const rules: [object, string, string?][] = [
      [{}, "op.unknown", "t"],
      [{ t: 1 }, "op.unknown", "t"],
      [{ t: "shutdown" }, "op.unknown", "t"],
      [{ t: "event", mailbox: "ann", seq: 1, prev: 0 }, "op.unknown", "t"],
      [{ t: "ping", v: 2 }, "op.unsupported_version", "v"],
      [{ t: "ping", v: "1" }, "op.unsupported_version", "v"],
      [{ t: "hello", token: "x", deviceId: "d" }, "op.out_of_order", "t"],
      [{ ...send, body: "" }, "message.empty", "body"],
      [{ ...send, body: "half \ud83d" }, "message.malformed", "body"],
      [{ ...send, body: "\udc4d" }, "message.malformed", "body"],
      [{ ...send, body: 1 }, "frame.invalid", "body"],
      [{ ...send, body: ["hi"] }, "frame.invalid", "body"],
      [{ t: "send", cid: "m.1", to: "zoe" }, "frame.invalid", "body"],
      [{ ...send, cid: "m" }, "cid.invalid", "cid"],
      [{ ...send, cid: "m.-1" }, "cid.invalid", "cid"],
      [{ ...send, cid: "m.01" }, "cid.invalid", "cid"],
      [{ ...send, cid: "m.9999999999999999" }, "cid.invalid", "cid"],
      [{ ...send, cid: "a.b.1" }, "cid.invalid", "cid"],
      [{ ...send, to: "mallory" }, "id.self", "to"],
      [{ t: "read", peer: "mallory", upTo: 1 }, "id.self", "peer"],
      [{ t: "read", peer: "ann", upTo: -1 }, "frame.invalid", "upTo"],
      [{ t: "read", peer: "ann", upTo: 1.5 }, "frame.invalid", "upTo"],
      [{ t: "read", peer: "ann", upTo: 1e300 }, "frame.invalid", "upTo"],
      [{ t: "read", peer: "ann", upTo: "1" }, "frame.invalid", "upTo"],
      [{ t: "watch", users: [] }, "frame.invalid", "users"],
      [{ t: "watch", users: Array(101).fill("ann") }, "frame.invalid", "users"],
      [{ t: "history", peer: "ann", limit: 101 }, "frame.invalid", "limit"],
      [{ t: "chats", limit: 0 }, "frame.invalid", "limit"],
      [{ t: "status", id: "ann:0" }, "id.invalid", "id"],
      [{ t: "status", id: "ann:1:2" }, "id.invalid", "id"],
    ];
    for (const [frame, code, field] of rules) {
      const refused = await answer(mallory, frame);
      expect([frame, refused]).toMatchObject([frame, { t: "error", code, field }]);
      await answer(mallory, { t: "ping" });
    }
  });

  attack("may have a name of 64 characters, and a bad name is not repeated", async () => {
    for (const ref of ["x".repeat(65), {}, [], true, 1.5, 1e20]) {
      const refused = await refusal(mallory, JSON.stringify({ t: "ping", ref }));
      expect(refused).toMatchObject({ code: "frame.invalid", field: "ref" });
      expect(refused).not.toHaveProperty("ref");
    }
  });

  attack("twenty times in a row is the last of its socket", async () => {
    const stubborn = await device(app(), "mallory");
    for (let i = 0; i < 20; i++) stubborn.raw("nonsense");
    expect(await stubborn.closed).toBe(4500);
    expect(stubborn.frames.filter(({ t }) => t === "error")).toHaveLength(20);
  });

  attack("before hello is the last of its socket", async () => {
    for (const [text, code] of [
      ["nonsense", "frame.malformed"],
      ['{"t":"ping"}', "op.out_of_order"],
      [JSON.stringify(send), "op.out_of_order"],
      ['{"t":"hello","token":"","deviceId":"d"}', "frame.invalid"],
    ] as const) {
      const hasty = await dial(app());
      expect(await refusal(hasty, text)).toMatchObject({ code });
      expect(await hasty.closed).toBe(4501);
    }
  });
});

describe("a body", () => {
  attack("of exactly 16,384 code points of four bytes is delivered, one more is not", async () => {
    const zoe = await device(app(), "zoe");
    const body = "\u{1f4ef}".repeat(16_384);
    const arrives = zoe.until(({ event }) => event?.body === body);
    expect(await answer(mallory, { ...send, body })).toMatchObject({ t: "sent" });
    await arrives;
    for (const more of [`${body}x`, "x".repeat(16_385)])
      expect(await answer(mallory, { ...send, body: more })).toMatchObject({
        code: "message.too_large",
        field: "body",
        cid: "m.1",
      });
    await zoe.close();
  });

  attack("that looks like a frame is a text to whom it is sent", async () => {
    const zoe = await device(app(), "zoe");
    const bodies = [
      '{"t":"event","mailbox":"zoe","seq":1,"prev":0,"event":{"type":"MessageSent"}}',
      '"}}\n{"t":"resync"}',
      "\u0000\u2028\u{10ffff}\\u0000",
      "__proto__",
      "<img src=x onerror=alert(1)>",
    ];
    for (const [i, body] of bodies.entries()) {
      const { id } = await answer(mallory, { ...send, cid: `m.${i + 10}`, body });
      const position = Number(id.split(":")[1]);
      expect(await zoe.until(({ event }) => event?.position === position)).toMatchObject({
        event: { body, author: "mallory" },
      });
    }
    expect(zoe.frames.filter(({ t }) => t === "resync")).toEqual([]);
    await zoe.close();
  });
});

test("what a client says becomes no header of the log, and no line of the logs", async () => {
  const at = app();
  const nc = await connect({ servers: at.broker.url });
  const stored = await jetstream(nc).consumers.get("MAILBOX_0", { filter_subjects: ["fact.>"] });
  const names = new Set<string>();
  for await (const message of await stored.fetch({ max_messages: 1_000, expires: 1_000 }))
    for (const name of message.headers?.keys() ?? []) names.add(name);
  await nc.close();
  expect([...names]).toEqual(["Nats-Msg-Id"]);
  for (const secret of ["still here", "onerror", "eyJhbGciOi", "x".repeat(100)])
    expect(at.log()).not.toContain(secret);
});
