import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readGroupRecord, writeGroupRecord } from "../../src/protocol/internal/grouprecord.ts";
import {
  readParcel,
  writeBeat,
  writeBegin,
  writeRecord,
} from "../../src/protocol/internal/parcel.ts";
import type { GroupRecord, RouteRecord } from "../../src/protocol/internal/routes.ts";
import { readSignal, writeSignal, type Signal } from "../../src/protocol/internal/signal.ts";

const G = "g-0123456789012345678901";
const event = { kind: "event", seq: 7, prev: 3, members: 2, frame: '{"t":"event"}' } as const;

describe("[D1] what is spread of a group", () => {
  test.each<GroupRecord>([
    event,
    { ...event, generation: 511, ended: "-", endedBefore: 2 ** 44 + 5, members: 1_024 },
    { ...event, prev: 0, members: 0, frame: '" ,G 1 "' },
    { kind: "typing", user: "ann" },
  ])("is read as it was written: %j", (record) =>
    expect(readGroupRecord(writeGroupRecord(record))).toEqual(record),
  );

  test.each([
    "",
    "\n",
    "T \n\n",
    "T a b\n\n",
    "T a.b\n\n",
    "G\n{}\n",
    "G x 0 . 0 1\n{}\n",
    "G 9007199254740992 0 . 0 1\n{}\n",
    "G 1 17592186044416 . 0 1\n{}\n",
    "G 1 0 a.b 0 1\n{}\n",
    "G 1 0 . -1 1\n{}\n",
    "G 1 0 . 0\n{}\n",
  ])("is nothing where it is no such text: %j", (text) =>
    expect(readGroupRecord(text)).toBeUndefined(),
  );

  test("never throws, whatever it says", () =>
    fc.assert(fc.property(fc.string(), (text) => void readGroupRecord(`G ${text}`))));
});

describe("[D1] the groups that a session follows, and those that have moved", () => {
  const read = (text: string) => {
    let bad = 0;
    const parcel = readParcel(text, () => bad++);
    return { ...parcel, records: [...(parcel?.records ?? [])], bad };
  };
  const follow: RouteRecord = {
    kind: "follow",
    sessions: ["s", "t"],
    seq: 9,
    ranges: [
      { group: G, from: 2 ** 44 + 3, upTo: 2 ** 44 + 9 },
      { group: G, from: 2 ** 44 + 12 },
    ],
  };

  test("are read as they were written", () => {
    const records: RouteRecord[] = [follow, { ...follow, ranges: [], asked: true }];
    const text = writeBegin("h", 1) + records.map(writeRecord).join("");
    expect(read(text)).toMatchObject({ records, bad: 0 });
    const moved = [{ group: G, seq: 12 }];
    expect(read(writeBeat("h", 2, [], moved))).toMatchObject({ beat: [], moved, bad: 0 });
  });

  test("are left out where they are none, and those alone", () => {
    const bad = ["F 1 0 s\ng x 0\n", "F x 0 s\n\n", "F 1 0 s\ng 1\n", "F 1 0 s\na.b 1 0\n"];
    const text = writeBegin("h", 1) + bad.join("") + writeRecord(follow);
    expect(read(text)).toMatchObject({ records: [follow], bad: bad.length });
    expect(read(`${writeBeat("h", 2, [])}M x ${G}\n\nM 1 a.b\n\nM 3 ${G}\n\n`)).toMatchObject({
      moved: [{ group: G, seq: 3 }],
      bad: 2,
    });
  });
});

describe("[D1] a word to the host of a slot", () => {
  test.each<Signal>([
    { kind: "typing", to: G, from: "ann" },
    { kind: "follow", user: "ann", session: "s", gateway: "gw", groups: [G] },
    { kind: "audience", gateway: "gw", groups: [] },
  ])("is read as it was written: %j", (signal) =>
    expect(readSignal(writeSignal(signal))).toEqual(signal),
  );

  test.each([
    "?",
    "{}",
    '{"to":"a.b","from":"c"}',
    '{"follow":{"user":"ann"}}',
    JSON.stringify({ audience: { gateway: "gw", groups: Array.from({ length: 1_025 }, () => G) } }),
    `"${"x".repeat(90_000)}"`,
  ])("is none: %s", (text) => expect(readSignal(text)).toBeUndefined());
});
