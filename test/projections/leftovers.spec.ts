import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { Leftovers } from "../../src/projections/leftovers.ts";
import { folder } from "../support/folder.ts";

/** Leftovers whose folders can be removed only while `free`, and what is said of them. */
function site() {
  const dir = folder();
  const state = { free: true, now: 0, tries: 0 };
  const said: string[] = [];
  const write = (line: string): void => void said.push((JSON.parse(line) as { msg: string }).msg);
  const remove = (): void => {
    state.tries++;
    if (!state.free) throw new Error("EBUSY");
  };
  const parts = { dirOf: (stream: string) => join(dir, stream), elapsed: () => state.now };
  const busy = new Leftovers({ ...parts, remove, log: pino({}, { write }) });
  const real = new Leftovers({ ...parts, log: pino({}, { write }) });
  return { dir, state, said, busy, real };
}

test("[V13] a folder of views that were let go is removed", () => {
  const { dir, said, real } = site();
  mkdirSync(join(dir, "MAILBOX_1"));
  real.drop("MAILBOX_1");
  expect(existsSync(join(dir, "MAILBOX_1"))).toBe(false);
  expect(said).toEqual(["views of a stream are kept by other processes: let go"]);
});

test("[V13] a folder that cannot be removed is tried again each minute, and said once until it is gone", () => {
  const { state, said, busy } = site();
  state.free = false;
  busy.drop("MAILBOX_1");
  for (; state.now < 600_000; state.now += 1_000) busy.turn();
  expect(state.tries).toBe(10);
  state.free = true;
  for (; state.now < 1_200_000; state.now += 1_000) busy.turn();
  expect(state.tries).toBe(11);
  expect(said).toEqual([
    "folder of views that were let go not removed: trying again each minute",
    "folder of views that were let go is removed",
  ]);
});

test("[V13] a folder whose views are begun again is left to them", () => {
  const { state, busy } = site();
  state.free = false;
  busy.drop("MAILBOX_1");
  busy.keep("MAILBOX_1");
  state.now = 120_000;
  busy.turn();
  expect(state.tries).toBe(1);
});
