import { expect, test } from "vitest";
import { Owner } from "../../src/events/owner.ts";
import { Beside, ensureOwner } from "../../src/nats/firstword.ts";
import { lastOwner, Owners } from "../../src/nats/owners.ts";

type Nc = Parameters<typeof ensureOwner>[0];
type Jsm = Parameters<typeof ensureOwner>[1];

const ENTRY = {
  type: "StreamBegan",
  epoch: "old",
  earlier: [],
  marks: [],
  rules: 1,
  layout: 1,
};

/** A stream with these answers to direct gets, one after the other, and this one to whoever stores the first entry. */
function broker(gets: (Error | object | null)[], stored: string): [Nc, Jsm] {
  const getMessage = async () => {
    const next = gets.shift();
    if (next instanceof Error) throw next;
    return next && { seq: 1, data: Buffer.from(JSON.stringify(next)) };
  };
  const request = async () => ({ string: () => stored });
  // Nothing was ever saved beside it.
  const streams = { info: async () => ({ state: { last_seq: 0 } }) };
  return [{ request } as unknown as Nc, { direct: { getMessage }, streams } as unknown as Jsm];
}

/** The first entry of the stream, as a start makes it whose epoch is `new`. */
const ensured = (...[nc, jsm]: [Nc, Jsm]) => ensureOwner(nc, jsm, 0, "new", new Beside(jsm, 1));

const NOBODY = new Error("no responders: '$JS.API.DIRECT.GET.MAILBOX_0.owner.0'");

test("a stream whose replicas answer nothing yet gets its first entry, if it has none", async () => {
  const { seq, owner } = await ensured(...broker([NOBODY, null], '{"seq":1}'));
  expect([seq, owner.epoch]).toEqual([1, "new"]);
});

test("a stream whose replicas answer nothing yet keeps the entry that it has", async () => {
  const refused = '{"error":{"description":"wrong last sequence: 1"}}';
  const { owner } = await ensured(...broker([NOBODY, NOBODY, ENTRY], refused));
  expect(owner.epoch).toBe("old");
});

test("any other failure ends the start", async () => {
  const failing = ensured(...broker([new Error("permissions violation")], ""));
  await expect(failing).rejects.toThrow("permissions violation");
});

test("the last word of a stream about itself that cannot be read is refused with its place and its fault, and not with what it says", async () => {
  for (const [word, why] of [
    ["secret", "no object"],
    [{ ...ENTRY, type: "Secret" }, "type"],
    [{ ...ENTRY, marks: [{ generation: "secret", from: 1, before: "x" }] }, "marks.0.generation"],
  ] as const) {
    const [, jsm] = broker([word as object], "");
    const error = await lastOwner(jsm, 3).catch((failed: Error) => failed.message);
    expect(error).toContain(`MAILBOX_3 has an entry at 1 on owner.3 that cannot be read (${why})`);
    expect(error).not.toMatch(/secret/i);
  }
});

const said = (layout: number) => ({ seq: 1, owner: Owner.parse({ ...ENTRY, layout }) });

test("[L11] an entry of another layout is not heard, whichever way it comes, and ends the process", async () => {
  for (const meet of [
    (owners: Owners) => owners.hear(1, 3, JSON.stringify({ ...ENTRY, layout: 4 })),
    (owners: Owners) => owners.replace(1, said(2)),
  ]) {
    const owners = new Owners([said(3), said(3)]);
    owners.hear(1, 2, JSON.stringify({ ...ENTRY, layout: 3 }));
    expect(() => meet(owners)).toThrow("MAILBOX_1 is of layout");
    expect(owners.of(1).owner.layout).toBe(3);
    await expect(owners.dealtAnew).rejects.toThrow("it has to start again");
  }
});

test("[L11] streams of different layouts are of a split that was cut off, and nothing starts on them", () => {
  expect(() => new Owners([said(2), said(2), said(1)])).toThrow(
    "MAILBOX_2 is of layout 1 and MAILBOX_0 of 2: a split of the partitions was cut off",
  );
});

test("[L5][L6] a replica that is behind takes no generation back: what lies in it would be told under positions of the one before", () => {
  const mark = (generation: number) => ({ generation, from: 21, before: "1767226602664000020" });
  const word = (seq: number, generation?: number) => ({
    seq,
    owner: Owner.parse({ ...ENTRY, marks: generation === undefined ? [] : [mark(generation)] }),
  });
  const owners = new Owners([word(1)]);
  owners.replace(0, word(28, 1));
  owners.replace(0, word(25));
  expect([owners.of(0).seq, owners.generationAt(0, 22)]).toEqual([28, 1]);
  // The log came back shorter: within the generation its word counts, and so does the next one that begins.
  owners.replace(0, word(26, 1));
  owners.replace(0, word(24, 2));
  expect([owners.of(0).seq, owners.generationAt(0, 22)]).toEqual([24, 2]);
});

test("[L6] a word of a newer generation is heard wherever it lies: a stream that was made anew says it at a lower seq, or at the same", () => {
  const mark = { generation: 1, from: 1, before: "0000000000000000000" };
  const reborn = JSON.stringify({ ...ENTRY, epoch: "new", marks: [mark] });
  for (const seq of [2, 28]) {
    const owners = new Owners([{ seq: 28, owner: Owner.parse(ENTRY) }]);
    const heard: number[] = [];
    owners.onGeneration((k) => heard.push(k));
    owners.hear(0, 28, JSON.stringify(ENTRY));
    for (const _ of ["once", "again"]) owners.hear(0, seq, reborn);
    expect(heard).toEqual([0]);
    expect([owners.of(0).seq, owners.of(0).owner.epoch]).toEqual([seq, "new"]);
    // The word of before is older, also where its seq is higher.
    owners.hear(0, 40, JSON.stringify(ENTRY));
    expect(owners.of(0).owner.epoch).toBe("new");
  }
});
