import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBlock } from "../../src/bundle/block.ts";
import { crc32c } from "../../src/bundle/checksum.ts";
import { Counter } from "../../src/bundle/contents.ts";
import { Frames } from "../../src/bundle/frames.ts";

const bytes = (...numbers: number[]): Buffer => Buffer.from(numbers);

describe("a block", () => {
  test.each<[string, Buffer, string]>([
    ["bytes as they are", bytes(3, 2 << 2, 97, 98, 99), "abc"],
    [
      "more than sixty of them",
      Buffer.concat([bytes(70, 60 << 2, 69), Buffer.alloc(70, "x")]),
      "x".repeat(70),
    ],
    ["a copy of what is near", bytes(7, 2 << 2, 97, 98, 99, 0x01, 3), "abcabca"],
    ["a copy of what is far", bytes(6, 2 << 2, 97, 98, 99, (2 << 2) | 2, 3, 0), "abcabc"],
    [
      "a copy of what is very far",
      bytes(6, 2 << 2, 97, 98, 99, (2 << 2) | 3, 3, 0, 0, 0),
      "abcabc",
    ],
    ["a copy that reaches into itself", bytes(6, 0, 97, 0x01 | (1 << 2), 1), "aaaaaa"],
    [
      "a copy as far back as the last",
      bytes(11, 2 << 2, 97, 98, 99, 0x01, 3, 0x01, 0),
      "abcabcabcab",
    ],
    [
      "a long one of those, one byte says how long",
      bytes(17, 2 << 2, 97, 98, 99, 0x01, 3, 0x01 | (5 << 2), 0, 2),
      "abcabcabcabcabcab",
    ],
    ["… two bytes", bytes(0x8c, 2, 0, 97, 0x01, 1, 0x01 | (6 << 2), 0, 3, 0), "a".repeat(268)],
    [
      "… three bytes",
      bytes(0x8a, 0x80, 4, 0, 97, 0x01, 1, 0x01 | (7 << 2), 0, 1, 0, 0),
      "a".repeat(65_546),
    ],
  ])("has %s", (_, block, text) => {
    expect(decodeBlock(block).toString()).toBe(text);
  });

  test("that is none throws an error, and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        try {
          decodeBlock(Buffer.from(noise));
        } catch (error) {
          expect((error as Error).message).toMatch(
            /^(a block is damaged|it has a block of \d+ bytes)$/,
          );
        }
      }),
    );
  });
});

test("the checksum is that of RFC 3720", () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
});

/** Frames of uncompressed bytes, as any writer may make them. */
function framed(parts: readonly Buffer[]): Buffer {
  const frame = (kind: number, body: Buffer): Buffer => {
    const head = Buffer.alloc(4);
    head[0] = kind;
    head.writeUIntLE(body.length, 1, 3);
    return Buffer.concat([head, body]);
  };
  const frames = parts.map((part) => {
    const crc = crc32c(part);
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
    return frame(1, Buffer.concat([sum, part]));
  });
  return Buffer.concat([
    frame(0xff, Buffer.from("S2sTwO")),
    ...frames,
    frame(0xfe, Buffer.alloc(9)),
  ]);
}

const uvarint = (value: number): Buffer => {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128);
  return bytes(...out, rest);
};
const entry = (
  name: string,
  seq: number,
  body: string | Buffer,
  at = 1_795_000_000_000_000,
): Buffer =>
  Buffer.concat([
    ...[name.length, at, seq, 0, body.length].map(uvarint),
    Buffer.from(name),
    Buffer.from(body),
  ]);
const STATE = '{"messages":3,"first_seq":1,"last_seq":9}';
const END = bytes(0, 0, 0, 0, 0);
const snapshot = (...entries: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from("NATSARC1"), entry("state.json", 0, STATE), ...entries]);
const three = snapshot(
  entry("fact.1.2.alice", 2, "x".repeat(300)),
  entry("fact.1.2.alice", 5, ""),
  entry("copy.1.2.bob", 9, "z"),
  END,
);

/** Reads a snapshot that comes in such parts. */
function contents(parts: readonly Uint8Array[]): number | undefined {
  const frames = new Frames();
  const counter = new Counter();
  for (const part of parts) for (const plain of frames.push(part)) counter.push(plain);
  frames.end();
  return counter.end();
}

describe("a snapshot", () => {
  test("has as many entries as it is found to have, in whatever parts it comes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 1, max: 700 }),
        (inner, outer) => {
          const cut = (whole: Buffer, size: number): Buffer[] =>
            Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
              whole.subarray(i * size, (i + 1) * size),
            );
          expect(contents(cut(framed(cut(three, inner)), outer))).toBe(3);
        },
      ),
    );
  });

  test("that is cut short anywhere is told from one that is whole", () => {
    for (let size = 0; size < three.length; size++)
      expect(() => contents([framed([three.subarray(0, size)])]), `${size}`).toThrow("cut short");
    const whole = framed([three]);
    // The last frame is padding, which may be missing.
    for (let size = 0; size < whole.length - 13; size++)
      expect(() => contents([whole.subarray(0, size)]), `${size}`).toThrow(/middle|cut short/);
  });

  test.each<[string, Buffer, string]>([
    [
      "whose entries do not rise",
      snapshot(entry("a", 5, ""), entry("a", 5, "")),
      "the entry 5 follows 5",
    ],
    ["that goes on behind its end", Buffer.concat([three, END]), "something follows its end"],
    [
      "that does not begin with its state",
      Buffer.concat([Buffer.from("NATSARC1"), entry("a", 1, "")]),
      "begin with its state",
    ],
    [
      "whose state is too long to be one",
      Buffer.concat([
        Buffer.from("NATSARC1"),
        ...[10, 0, 0, 0, 2 ** 21].map(uvarint),
        Buffer.from("state.json"),
      ]),
      "begin with its state",
    ],
    [
      "with a name that is too long",
      snapshot(uvarint(9_999), bytes(0, 0, 0, 0)),
      "a name of 9999 bytes",
    ],
    ["with a number that does not end", snapshot(Buffer.alloc(12, 0xff)), "more than ten bytes"],
  ])("%s is damaged", (_, broken, why) => {
    expect(() => contents([framed([broken])])).toThrow(why);
  });

  test("with a bit that has flipped is damaged", () => {
    const whole = framed([three]);
    whole[60] = (whole[60] ?? 0) ^ 4;
    expect(() => contents([whole])).toThrow("a frame is damaged");
  });

  test("of an older broker is one of which nothing is counted", () => {
    expect(contents([framed([Buffer.from("meta.inf\0\0\0 and so on"), three])])).toBeUndefined();
  });

  test("is none where it is not compressed", () => {
    expect(() => contents([three])).toThrow(/^it /);
    expect(() => contents([framed([three]).subarray(10)])).toThrow("no compressed stream");
    expect(() => contents([])).toThrow("middle");
  });
});
