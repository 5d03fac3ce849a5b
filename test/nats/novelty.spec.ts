import { describe, expect, test } from "vitest";
import { Novelty } from "../../src/nats/publish/novelty.ts";

describe("the sends of a session", () => {
  test("go alone until one of them was new to the broker", () => {
    const novelty = new Novelty();
    expect(novelty.trusts("s")).toBe(false);
    novelty.stored("s", true);
    novelty.stored("s", true);
    expect(novelty.trusts("s")).toBe(false);
    novelty.stored("s", false);
    expect(novelty.trusts("s")).toBe(true);
    expect(novelty.trusts("another")).toBe(false);
  });

  test("go alone for good when one is repeated after that", () => {
    const novelty = new Novelty();
    for (const duplicate of [false, true, false, false]) novelty.stored("s", duplicate);
    expect(novelty.trusts("s")).toBe(false);
  });

  test("are forgotten with the session, and the oldest when there are too many", () => {
    const novelty = new Novelty();
    novelty.stored("closed", false);
    novelty.forget("closed");
    expect(novelty.trusts("closed")).toBe(false);
    for (let i = 0; i <= 100_000; i++) novelty.stored(`${i}`, false);
    expect(novelty.trusts("0")).toBe(false);
    expect(novelty.trusts("1")).toBe(true);
  });
});
