import { describe, expect, test } from "vitest";
import { FULL_BATCH, Pursuit } from "../../src/projections/pursuit.ts";

describe("views that pursue their stream", () => {
  test("cannot be asked short of what was there at the start, nor behind a set-back before they are where they were", () => {
    const pursuit = new Pursuit(100);
    expect(pursuit.hasAll(99)).toBe(false);
    expect(pursuit.hasAll(100)).toBe(true);
    pursuit.again(150);
    expect(pursuit.hasAll(100)).toBe(false);
    expect(pursuit.hasAll(150)).toBe(true);
  });
  test("wait for no entry that is gone", () => {
    const pursuit = new Pursuit(100);
    pursuit.through(97);
    expect(pursuit.hasAll(97)).toBe(true);
    // Entries that are taken later take nothing back.
    pursuit.through(120);
    expect(pursuit.hasAll(97)).toBe(true);
  });
  test("keep up until the log has had more for them many times in a row", () => {
    const pursuit = new Pursuit(0);
    for (let n = 0; n < 9; n++) pursuit.took(FULL_BATCH);
    expect(pursuit.keepsUp).toBe(true);
    pursuit.took(FULL_BATCH);
    expect(pursuit.keepsUp).toBe(false);
    pursuit.took(FULL_BATCH - 1);
    expect(pursuit.keepsUp).toBe(true);
  });
  test("keep up as soon as they have come to the end of the log, however much came last", () => {
    const pursuit = new Pursuit(0);
    for (let n = 0; n < 20; n++) pursuit.took(FULL_BATCH);
    pursuit.through(20 * FULL_BATCH);
    expect(pursuit.keepsUp).toBe(true);
  });
});
