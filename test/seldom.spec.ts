import { expect, test } from "vitest";
import { Seldom } from "../src/seldom.ts";

test("[D3] of words that nobody can take ten a minute are told, however many come, and how many were left out", () => {
  let now = 0;
  const seldom = new Seldom(() => now);
  const told: unknown[] = [];
  for (let i = 0; i < 1_000; i++) seldom.tell((more) => told.push(more));
  expect(told).toEqual(Array.from({ length: 10 }, () => ({})));
  now = 60_000;
  for (let i = 0; i < 1_000; i++) seldom.tell((more) => told.push(more));
  expect(told).toHaveLength(20);
  expect(told[10]).toEqual({ leftOut: 990 });
  expect(told[11]).toEqual({});
});
