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

/** Loads alice up to 30, with a snapshot of her first two entries, from a log that has these. */
async function loaded(mailbox: readonly Entry[], isThere = false) {
  const asked: number[] = [];
  const base = fold(MAILBOX.slice(0, 2));
  const on = { position: positionOf(0, 20), at: at(20) };
  const world = {
    snapshots: {
      load: async () => ({ saved: { state: freeze(base), on }, at: 7 }),
      save: async () => 0,
      isThere: async ({ position }: { position: number }) => {
        asked.push(position);
        return isThere;
      },
    },
    async *read(_owner: string, after: number, upTo: number) {
      for (const entry of mailbox)
        if (entry.seq > after && entry.seq <= upTo) yield { entries: [entry] };
    },
  };
  const turns = new Turns(LOADING);
  const activation = new Activation({ world, turns, isClosed: () => false, log: silent });
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
    const { asked, unsaved, state } = await loaded(other);
    expect({ asked, unsaved, state }).toEqual({ asked: [20], unsaved: 3, state: whole });
  });

  test("has the log asked where that entry was erased", async () => {
    const erased = MAILBOX.filter(({ seq }) => seq !== 20);
    expect(await loaded(erased, true)).toMatchObject({ asked: [20], unsaved: 1 });
  });

  test("has the log asked where nothing came since, and that entry was erased", async () => {
    expect(await loaded(MAILBOX.slice(0, 1), true)).toMatchObject({ asked: [20], unsaved: 0 });
    expect(await loaded(MAILBOX.slice(0, 1), false)).toMatchObject({ asked: [20], unsaved: 1 });
  });
});
