import { describe, expect, test } from "vitest";
import { isTrueOf, standsAt, type Claim } from "../../src/rules/claim.ts";

const entry = { isMine: true, at: 7 };
const on = { seq: 3, at: 7 };
const claim: Claim = { seq: 5, on };

describe("[M9] a device's claim on the log", () => {
  test("stands on the last event that it was told of, or else on its seq", () => {
    expect(standsAt(claim)).toBe(3);
    expect(standsAt({ seq: 5 })).toBe(5);
  });

  test("is true where its entry is there, of the same time and generation", () => {
    expect(isTrueOf(claim, { generation: 0, entry })).toBe(true);
    const later = { seq: 5, on: { ...on, generation: 2 } };
    expect(isTrueOf(later, { generation: 2, entry })).toBe(true);
  });

  test("is void where the marks give its seq another generation, and of generation 0 where it stands on nothing", () => {
    expect(isTrueOf(claim, { generation: 1, entry })).toBe(false);
    expect(isTrueOf({ seq: 5, on: { ...on, generation: 2 } }, { generation: 1, entry })).toBe(
      false,
    );
    expect(isTrueOf({ seq: 5 }, { generation: 1, entry: undefined })).toBe(false);
    expect(isTrueOf({ seq: 5 }, { generation: 0, entry: undefined })).toBe(true);
  });

  test("is false where another entry lies there, be it of another time or of somebody else", () => {
    expect(isTrueOf(claim, { generation: 0, entry: { ...entry, at: 8 } })).toBe(false);
    expect(isTrueOf(claim, { generation: 0, entry: { ...entry, isMine: false } })).toBe(false);
  });

  test("is not disproved by an entry that is gone", () =>
    expect(isTrueOf(claim, { generation: 0, entry: undefined })).toBe(true));
});
