import { describe, expect, test } from "vitest";
import { ChatError } from "../../src/client/client.ts";
import { faultOfData, faultOfKey } from "../../src/protocol/extras.ts";
import { gather, heard, modelServer, online, pass, server } from "./devices.ts";

modelServer();

const data = { place: [52.52, 13.4], note: { text: "here", on: true } };

describe("[S9] data and key", () => {
  test("go to both sides, and the key to the author's own devices alone", async () => {
    const alice = await online("alice");
    const laptop = await online("alice");
    const bob = await online("bob");
    const shown = gather(bob, "message");
    expect(alice.send("bob", "hi", { data, key: "k" })).toMatchObject({ data, key: "k" });
    await pass(50);
    expect(heard("send")).toMatchObject([{ body: "hi", data, key: "k" }]);
    for (const device of [alice, laptop])
      expect(device.messages("bob").items).toMatchObject([
        { body: "hi", data, key: "k", id: expect.stringContaining("alice:") as string },
      ]);
    expect(shown).toMatchObject([{ message: { body: "hi", data } }]);
    expect(bob.messages("alice").items[0]).not.toHaveProperty("key");
    expect(bob.chats().items[0]?.last).toMatchObject({ data });
  });

  test("come from the history, too", async () => {
    const alice = await online("alice");
    alice.send("bob", "hi", { data, key: "k" });
    await pass(50);
    server.gapMax = 0;
    const later = await online("alice");
    expect(later.messages("bob").items).toMatchObject([{ body: "hi", data, key: "k" }]);
  });

  test("are tried again with the text", async () => {
    const alice = await online("alice");
    server.refusals.push({ t: "send", code: "forbidden", retryable: false });
    const { cid } = alice.send("bob", "hi", { data, key: "k" });
    await pass(50);
    alice.retry(cid);
    await pass(50);
    expect(heard("send").at(-1)).toMatchObject({ replaces: cid, data, key: "k" });
    expect(alice.messages("bob").items).toMatchObject([{ data, key: "k", status: "sent" }]);
  });

  test("are taken as they come out of their JSON text", async () => {
    const alice = await online("alice");
    const odd = { at: new Date(0), gone: undefined, far: Infinity, low: -0 };
    const message = alice.send("bob", "hi", { data: odd });
    odd.low = 7;
    expect(message.data).toEqual({ at: "1970-01-01T00:00:00.000Z", far: null, low: 0 });
    await pass(50);
    expect(alice.messages("bob").items).toMatchObject([{ status: "sent", data: message.data }]);
  });
});

const nested = (levels: number): unknown => (levels === 1 ? [] : [nested(levels - 1)]);
const circle: Record<string, unknown> = {};
circle["circle"] = circle;
const wrong: [string, unknown, string][] = [
  ["null", null, "data.invalid"],
  ["a list", [], "data.invalid"],
  ["a text", "x", "data.invalid"],
  ["a function", () => 1, "data.invalid"],
  ["a circle", circle, "data.invalid"],
  ["what JSON cannot say", { n: 1n }, "data.invalid"],
  ["__proto__ on top", JSON.parse('{"__proto__":1}'), "data.invalid"],
  ["__proto__ far below", { a: [[JSON.parse('{"__proto__":{}}')]] }, "data.invalid"],
  ["32 levels", { a: nested(31) }, "frame.too_deep"],
  ["33 levels", { a: nested(32) }, "frame.too_deep"],
  ["4,097 bytes", { a: "x".repeat(4_089) }, "data.too_large"],
  ["4,097 bytes of two each", { ab: "\u00e9".repeat(2_044) }, "data.too_large"],
  ["half a surrogate pair", { a: ["\ud83d"] }, "data.malformed"],
  ["a name that is half a pair", { a: [{ "\ude00": 1 }] }, "data.malformed"],
];

describe("[D1] data is refused before it is shown, with the server's code", () => {
  test.each(wrong)("%s", async (_, bad, code) => {
    const alice = await online("alice");
    const send = (): unknown => alice.send("bob", "hi", { data: bad as never });
    expect(send).toThrow(ChatError);
    expect(send).toThrow(expect.objectContaining({ code, field: "data", retryable: false }));
    expect(alice.messages("bob").items).toEqual([]);
  });

  test("and not one byte, or one level, earlier", () => {
    expect(faultOfData({ a: "x".repeat(4_088) })).toBe(undefined);
    expect(faultOfData({ a: nested(30) })).toBe(undefined);
    expect(faultOfData({ a: "\ud83d\ude00", prototype: 1, constructor: null })).toBe(undefined);
  });
});

describe("[D1] a key is refused before it is shown, with the server's code", () => {
  test.each([
    ["none", ""],
    ["129 bytes", "k".repeat(129)],
    ["130 bytes of two each", "\u00e9".repeat(65)],
    ["half a surrogate pair", "\udc00"],
    ["a number", 1],
    ["null", null],
  ])("%s", async (_, key) => {
    const alice = await online("alice");
    expect(() => alice.send("bob", "hi", { key: key as never })).toThrow(
      expect.objectContaining({ code: "key.invalid", field: "key" }),
    );
    expect(alice.messages("bob").items).toEqual([]);
  });

  test("and not one byte earlier", () => {
    expect(faultOfKey("k".repeat(128))).toBe(undefined);
    expect(faultOfKey("\u00e9".repeat(64))).toBe(undefined);
  });
});
