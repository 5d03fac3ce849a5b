import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RefusalCode } from "../../src/events/copy.ts";
import { CLOSES, explain, REJECTIONS } from "../../src/protocol/codes.ts";
import { DEPTH_MAX } from "../../src/protocol/envelope.ts";
import { ClientFrameShape } from "../../src/protocol/schema/client.ts";
import { CODE_POINTS_MAX } from "../../src/protocol/frames/send.ts";
import { parseFrame } from "../../src/protocol/parse.ts";
import { eventFrame } from "../../src/protocol/write.ts";
import { under } from "../tidy/files.ts";

/** The outcome of a text: always a frame, or a code that the protocol documents. */
function verdict(text: string): string {
  const parsed = parseFrame(text);
  if ("frame" in parsed) return parsed.frame.t;
  const { rejection } = parsed;
  expect(Object.keys(REJECTIONS)).toContain(rejection.code);
  expect(explain(rejection)).toContain(REJECTIONS[rejection.code].rule);
  expect((rejection.field ?? "").length).toBeLessThanOrEqual(80);
  return rejection.code;
}

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/).filter((text) => !text.startsWith("g-"));
const seq = fc.nat();
const cid = fc.tuple(fc.stringMatching(/^[\w-]{1,32}$/), seq).map(([name, n]) => `${name}.${n}`);
const optional = fc.constantFrom(undefined, 1, 50);
const ref = fc.oneof(fc.constant(undefined), fc.string({ maxLength: 64 }), fc.integer());
/** As JSON was parsed, and small. */
const data = fc
  .dictionary(fc.string({ maxLength: 9 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 3 })
  .map((some) => JSON.parse(JSON.stringify(some)) as object)
  .filter((some) => JSON.stringify(some).length < 1_000)
  .filter((some) => !JSON.stringify(some).includes("__proto__"));
const name = fc.string({ minLength: 1, maxLength: 30 });
const valid = fc.oneof(
  fc.record({ t: fc.constant("send"), ref, cid, to: id, body: fc.string({ minLength: 1 }) }),
  fc.record({ t: fc.constant("send"), cid, to: id, body: fc.constant("x"), data, key: name }),
  fc.record({
    t: fc.constant("ask"),
    ref,
    cid,
    group: fc.constant("g-abcdefghijklmnopqrstuv"),
    ask: fc.oneof(
      fc.record({ do: fc.constant("leave") }),
      fc.record({ do: fc.constantFrom("remove", "promote", "demote"), user: id }),
      fc.record({ do: fc.constant("add"), users: fc.array(id, { minLength: 1, maxLength: 256 }) }),
    ),
  }),
  fc.record({ t: fc.constantFrom("delivered", "read"), ref, peer: id, upTo: seq }),
  fc.record({ t: fc.constantFrom("typing", "history"), ref, peer: id }),
  fc.record({ t: fc.constantFrom("focus", "ping", "chats", "sessions"), ref, v: fc.constant(1) }),
  fc.record({
    t: fc.constantFrom("watch", "unwatch", "lastSeen"),
    users: fc.array(id, { minLength: 1, maxLength: 100 }),
  }),
  fc.record({ t: fc.constant("history"), peer: id, before: optional, limit: optional }),
  fc.record({
    t: fc.constant("status"),
    id: fc.tuple(id, optional).map(([a, n]) => `${a}:${n ?? 7}`),
  }),
  fc.record({
    t: fc.constantFrom("group", "members", "keyed"),
    ref,
    group: fc.constant("g-abcdefghijklmnopqrstuv"),
  }),
  fc.record({ t: fc.constant("info"), id: id.map((a) => `${a}:7`), after: id, limit: optional }),
  fc.record({ t: fc.constant("hello"), token: fc.string({ minLength: 1 }), deviceId: id }),
  fc.record({ t: fc.constant("refresh"), ref, token: fc.string({ minLength: 1 }) }),
);
/** Half of a surrogate pair and control characters included. */
const anyUnit = fc.nat({ max: 0xffff }).map((unit) => String.fromCharCode(unit));
/** Anything JSON can say, with the keys that hurt. */
const hostile = fc.jsonValue({ depthSize: "medium" });
const key = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "t",
    "v",
    "ref",
    "cid",
    "to",
    "since",
    "users",
    "body",
  ),
  fc.string(),
);

describe("the edge, whatever the text", () => {
  test("takes every frame that keeps the rules, as it was said", () => {
    fc.assert(
      fc.property(valid, (frame) => {
        const text = JSON.stringify(frame);
        expect(parseFrame(text)).toEqual({ frame: JSON.parse(text) as unknown });
      }),
    );
  });

  test("[D1] never throws, and has a documented code for each refusal", () => {
    fc.assert(fc.property(fc.string({ unit: anyUnit }), (text) => void verdict(text)));
    fc.assert(fc.property(hostile, (json) => void verdict(JSON.stringify(json))));
  });

  test("never throws for a good frame with one field changed, added or gone", () => {
    fc.assert(
      fc.property(valid, key, fc.option(hostile), (frame, name, value) => {
        const changed: [string, unknown][] = Object.entries(frame).filter(
          ([each]) => each !== name,
        );
        if (value !== null) changed.push([name, value]);
        // Written by hand: an object would not keep a key `__proto__`.
        const fields = changed
          .filter(([, each]) => each !== undefined)
          .map(([each, it]) => `${JSON.stringify(each)}:${JSON.stringify(it)}`);
        verdict(`{${fields.join(",")}}`);
        expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });

  test("never throws for a frame that was cut, or whose characters were exchanged", () => {
    fc.assert(
      fc.property(
        valid,
        fc.nat(),
        fc.nat(),
        fc.string({ maxLength: 3 }),
        (frame, at, cut, text) => {
          const whole = JSON.stringify(frame);
          const from = at % whole.length;
          verdict(whole.slice(0, from) + text + whole.slice(from + (cut % 4)));
        },
      ),
    );
  });

  test("refuses what nests too deep, before anything walks it, and only that", () => {
    const nest = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;
    expect(verdict(nest(200_000))).toBe("frame.too_deep");
    expect(verdict('{"a":'.repeat(200_000))).toBe("frame.too_deep");
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 * DEPTH_MAX }), (levels) => {
        const deep = levels > DEPTH_MAX;
        expect(verdict(nest(levels))).toBe(deep ? "frame.too_deep" : "frame.malformed");
        const said = JSON.stringify({ t: "send", cid: "a.1", to: "b", body: `\\"${nest(levels)}` });
        expect(verdict(said)).toBe("send");
      }),
    );
  });

  test("counts a body in code points, whatever they take in UTF-16", () => {
    const say = (body: string) => JSON.stringify({ t: "send", cid: "a.1", to: "b", body });
    for (const char of ["x", "é", "\u{1f4ef}"]) {
      expect(verdict(say(char.repeat(CODE_POINTS_MAX)))).toBe("send");
      expect(verdict(say(char.repeat(CODE_POINTS_MAX + 1)))).toBe("message.too_large");
    }
  });

  test("takes no half of a surrogate pair for text, wherever it stands", () => {
    const halves = fc
      .integer({ min: 0xd800, max: 0xdfff })
      .map((unit) => String.fromCharCode(unit));
    const text = fc.string({ unit: "binary", maxLength: 20 });
    fc.assert(
      fc.property(text, halves, text, (before, half, after) => {
        const body = `${before}x${half}x${after}`;
        const frame = JSON.stringify({ t: "send", cid: "a.1", to: "bob", body });
        expect(verdict(frame)).toBe("message.malformed");
      }),
    );
  });

  test("names a refused frame only by a name that keeps the rules itself", () => {
    const refused = (more: object) => parseFrame(JSON.stringify({ t: "send", ...more }));
    expect(refused({ ref: 7, cid: "a.1" })).toMatchObject({ names: { ref: 7, cid: "a.1" } });
    expect(refused({ ref: { a: 1 }, cid: "*" })).toMatchObject({ names: {} });
    expect(refused({ ref: "x".repeat(65), cid: "*" })).toMatchObject({ names: {} });
  });
});

test("every frame type can be said", () => {
  const types = ClientFrameShape.options.map(({ shape }) => shape.t.value);
  const said = new Set(fc.sample(valid, 1_000).map(({ t }) => t));
  expect([...said].toSorted()).toEqual(types.toSorted());
});

test("an event frame is the same text as the event it carries, and JSON", () => {
  fc.assert(
    fc.property(id, seq, seq, hostile, (mailbox, now, prev, event) => {
      const raw = JSON.stringify(event);
      const frame = eventFrame({ owner: mailbox, seq: now, at: 5 }, prev, raw);
      expect(JSON.parse(frame)).toEqual({
        t: "event",
        mailbox,
        seq: now,
        prev,
        at: 5,
        event: JSON.parse(raw) as unknown,
      });
    }),
  );
});

test("codes have one form, <area>.<rule>; the general ones have no area", () => {
  const GENERAL = "not_found forbidden rate_limited unavailable internal draining blocked too_late";
  const thrown = under("src").flatMap(({ text }) =>
    [...text.matchAll(/\b(?:ChatError|faulty)\("([^"]+)"/g)].map(([, code = ""]) => code),
  );
  expect(thrown).toContain("answer.late");
  const codes = [...Object.keys(REJECTIONS), ...RefusalCode.options, ...thrown];
  const odd = codes.filter((code) => !/^[a-z]+\.[a-z_]+$/.test(code));
  expect(odd.filter((code) => !GENERAL.split(" ").includes(code))).toEqual([]);
});

test("close codes say by their range whether to come back", () => {
  const stay = Object.entries(CLOSES).filter(([, { code }]) => code >= 4500);
  expect(stay.map(([name]) => name)).toEqual(["abuse", "refused", "revoked"]);
  for (const { code, reason } of Object.values(CLOSES)) {
    expect(code).toBeGreaterThanOrEqual(4000);
    expect(code).toBeLessThan(5000);
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
  }
});
