import { pino } from "pino";
import { expect, test } from "vitest";
import { Writing } from "../../src/projections/writing.ts";

test("[V6] views that cannot be written are said when that begins and when it ends, however often it is tried", async () => {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push((JSON.parse(line) as { msg: string }).msg);
  const writing = new Writing(pino({}, { write }));
  let tries = 0;
  const fill = (): void => {
    if (++tries < 100) throw new Error("MDB_MAP_FULL");
  };
  const waits = { isOver: () => false, moved: () => undefined, pause: () => Promise.resolve() };
  await writing.insist(fill, waits);
  expect(tries).toBe(100);
  expect(writing.trouble).toBeUndefined();
  expect(lines).toEqual(["views cannot be written: trying again", "views can be written again"]);
  await writing.insist(fill, waits);
  expect(lines).toHaveLength(2);
});
