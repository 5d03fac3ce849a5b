import { expect, test } from "vitest";
import { admits, admitsPage } from "../../src/gateway/http/origins.ts";

const PAGE = "https://chat.example";

test("[D1] the settings' word for clients without an origin is nobody's origin", () => {
  const both = new Set([PAGE, "none"]);
  expect(admits(both, undefined)).toBe(true);
  expect(admits(both, PAGE)).toBe(true);
  for (const stranger of ["none", "null", "", `${PAGE}/`]) {
    expect([stranger, admits(both, stranger)]).toEqual([stranger, false]);
    expect([stranger, admitsPage(both, stranger)]).toEqual([stranger, false]);
  }
  expect(admits(new Set([PAGE]), undefined)).toBe(false);
});
