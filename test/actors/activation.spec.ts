import { pino, type Logger } from "pino";
import { describe, expect, test } from "vitest";
import { Activation } from "../../src/actors/activation.ts";
import { LOADING, Turns } from "../../src/actors/turns.ts";
import { freeze } from "../support/frozen.ts";
import type { Entry } from "../../src/events/entry.ts";
import { positionOf } from "../../src/events/position.ts";
import { silent } from "../support/silent.ts";
import { fold, opened } from "./support.ts";

/** When the entry at `seq` was stored, in a log that begins at some hour. */
const at = (seq: number, hour = 1): string => `${hour}${String(seq).padStart(18, "0")}`;
const dated = (entry: Entry, hour?: number): Entry => ({ ...entry, instant: at(entry.seq, hour) });
const MAILBOX = [10, 20, 30, 40].map((seq) => dated(opened(seq, `s${seq}`)));

interface Odd {
  readonly isThere?: boolean;
  readonly state?: string;
  /** Everything up to there is in the snapshot. */
  readonly on?: number;
  readonly isClosed?: boolean;
  /** The first reading does. */
  readonly fails?: Error;
  readonly log?: Logger;
}

/** Loads alice up to 30, with a snapshot of her first two entries, from a log that has these. */
async function loaded(mailbox: readonly Entry[], odd: Odd = {}) {
  const { isThere = false, isClosed = false, log = silent } = odd;
  const asked: number[] = [];
  let reads = 0;
  const base = fold(MAILBOX.slice(0, 2));
  const seq = odd.on ?? 20;
  const on = { position: positionOf(0, seq), at: at(seq) };
  const world = {
    snapshots: {
      load: async () => ({ saved: { state: odd.state ?? freeze(base), on }, at: 7 }),
      save: async () => 0,
      isThere: async ({ position }: { position: number }) => {
        asked.push(position);
        return isThere;
      },
    },
    async *read(_owner: string, after: number, upTo: number) {
      const { fails } = odd;
      if (fails !== undefined && reads++ === 0) throw fails;
      const entries = mailbox.filter(({ seq }) => seq > after && seq <= upTo);
      if (entries.length > 0) yield { entries };
    },
  };
  const turns = new Turns(LOADING);
  const activation = new Activation({ world, turns, isClosed: () => isClosed, log });
  return { asked, ...(await activation.load("alice", 30)) };
}

describe("[A1] an actor that is loaded from its snapshot", () => {
  const whole = fold(MAILBOX.slice(0, 3));

  test("goes on behind it without a question where the log still has the entry that it stands on", async () => {
    const rest = { unsaved: 1, since: 20, savedAt: 7 };
    expect(await loaded(MAILBOX)).toEqual({ asked: [], state: whole, ...rest });
  });

  test("is folded from its whole mailbox where another entry lies there", async () => {
    const other = MAILBOX.map((entry) => (entry.seq === 10 ? entry : dated(entry, 2)));
    const rest = { unsaved: 3, since: 10, savedAt: 7 };
    expect(await loaded(other)).toEqual({ asked: [20], state: whole, ...rest });
  });

  test("has the log asked where that entry was erased", async () => {
    const erased = MAILBOX.filter(({ seq }) => seq !== 20);
    expect(await loaded(erased, { isThere: true })).toMatchObject({ asked: [20], unsaved: 1 });
  });

  test("has the log asked where nothing came since, and that entry was erased", async () => {
    expect(await loaded(MAILBOX.slice(0, 1), { isThere: true })).toMatchObject({
      asked: [20],
      unsaved: 0,
    });
    expect(await loaded(MAILBOX.slice(0, 1))).toMatchObject({ asked: [20], unsaved: 1 });
  });

  test("folds no entry again that lies directly before, nor leaves out one behind", async () => {
    const close = [10, 19, 20, 21, 22].map((seq) => dated(opened(seq, `s${seq}`)));
    const base = fold(close.slice(0, 3));
    const { asked, unsaved, state } = await loaded(close, { state: freeze(base) });
    expect({ asked, unsaved }).toEqual({ asked: [], unsaved: 2 });
    expect(state).toEqual(fold(close));
  });

  test("begins where that says that it has everything, further than its state has come as well", async () => {
    expect(await loaded(MAILBOX, { on: 30 })).toMatchObject({ asked: [], unsaved: 0, since: 30 });
  });

  test("is folded from its whole mailbox where the snapshot cannot be read, and that is said", async () => {
    const said: string[] = [];
    const log = pino({}, { write: (line) => void said.push(line) });
    expect(await loaded(MAILBOX, { state: "{ torn", log })).toMatchObject({
      state: whole,
      unsaved: 3,
      since: 10,
    });
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/"level":40.*alice.*snapshot cannot be read/);
  });

  test("is not loaded to the end where its host stops meanwhile, nor where the broker does not answer", async () => {
    await expect(loaded(MAILBOX, { isClosed: true })).rejects.toThrow(/stopping/);
    await expect(loaded(MAILBOX, { fails: new Error("no answer") })).rejects.toThrow(/no answer/);
  });

  test("[A6] leaves out what cannot be read, which was told as a dead letter when its turn came", async () => {
    const said: string[] = [];
    const log = pino({ level: "debug" }, { write: (line) => void said.push(line) });
    const poison = { ...dated(opened(25, "torn")), raw: "{" };
    const mailbox = [...MAILBOX.slice(0, 2), poison, ...MAILBOX.slice(2)];
    expect(await loaded(mailbox, { log })).toMatchObject({ state: whole, unsaved: 2 });
    expect(said).toEqual([]);
  });
});
