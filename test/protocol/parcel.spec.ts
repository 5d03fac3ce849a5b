import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  readParcel,
  writeBeat,
  writeBegin,
  writeRecord,
} from "../../src/protocol/internal/parcel.ts";
import type { RouteRecord } from "../../src/protocol/internal/routes.ts";

const read = (text: string) => {
  let bad = 0;
  const parcel = readParcel(text, () => bad++);
  return { ...parcel, records: [...(parcel?.records ?? [])], bad };
};

describe("[D1] a parcel from somebody who may write anything", () => {
  test.each([
    "",
    "\n\n",
    "E 1 0 s\n{}\n",
    "R  1\n\n",
    "R host\n\n",
    "R host 0\n\n",
    "R host -1\n\n",
    "R host 1.5\n\n",
    "R host 1e3\n\n",
    "R host 9007199254740993\n\n",
    "R a.b 1\n\n",
    `R ${"h".repeat(65)} 1\n\n`,
    "B host 1\n0 0\n",
    "B host 1\n0 0 x\n",
    "B host 1\n1024 0 1\n",
    "B host 1\n0 9007199254740992 1\n",
    "B host 1\n0 0 17592186044416\n",
    "B host 1\n0 0 1 1\n",
    `B host 1\n${Array.from({ length: 1_025 }, () => "0 0 1").join()}\n`,
  ])("is none: %j", (text) => {
    expect(read(text)).toEqual({ records: [], bad: 0 });
  });

  test("loses the records that are none, and those alone", () => {
    const good: RouteRecord = { kind: "head", sessions: ["s"], seq: 7 };
    const bad = [
      "E x 0 s\n{}\n",
      "E 1 17592186044416 s\n{}\n",
      "H -1 s\n\n",
      "C lost s\n\n",
      "Z s\n\n",
    ];
    const text = writeBegin("host", 3) + bad.join("") + writeRecord(good);
    expect(read(text)).toEqual({ host: "host", n: 3, records: [good], bad: bad.length });
  });

  test("has entries of any generation, by their positions", () => {
    const records: RouteRecord[] = [
      { kind: "event", sessions: ["s"], seq: 7, prev: 3, frame: "{}" },
      { kind: "event", sessions: ["s"], seq: 8, generation: 511, prev: 7, frame: "{}" },
    ];
    const text = writeBegin("host", 3) + records.map(writeRecord).join("");
    expect(text).toContain("E 8989607068696584 7 s\n");
    expect(read(text)).toMatchObject({ records, bad: 0 });
    expect(read(`${writeBegin("host", 3)}E 9007199254740992 0 s\n{}\n`)).toMatchObject({ bad: 1 });
  });

  test("[L5][A11] has beats of streams in any generation: their claims are positions", () => {
    const beat = [
      { k: 0, claim: 511 * 2 ** 44 + 8, upTo: 9 },
      { k: 1, claim: 2, upTo: 7 },
    ];
    expect(read(writeBeat("host", 3, beat))).toEqual({
      host: "host",
      n: 3,
      beat,
      moved: [],
      records: [],
      bad: 0,
    });
  });

  test("never throws, whatever it says", () => {
    const line = fc.oneof(fc.string(), fc.constantFrom("R h 1", "B h 2", "E 1 0 a", "0 0 1", ""));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const { n = 1, records } = read(lines.join("\n"));
        expect(Number.isSafeInteger(n)).toBe(true);
        for (const each of records) if ("seq" in each) expect(each.seq).toBeLessThan(2 ** 44);
      }),
    );
  });
});
