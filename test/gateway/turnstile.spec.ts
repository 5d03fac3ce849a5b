import { describe, expect, test } from "vitest";
import { PER_TURN, Turnstile } from "../../src/gateway/turnstile.ts";

const CROWD = Array.from({ length: 2 * PER_TURN + 1 }, (_, i) => i);
const nextTurn = () => new Promise((go) => setImmediate(go));

describe("a crowd that comes in one turn of the loop", () => {
  test("is let through so many per turn, in order", async () => {
    const turnstile = new Turnstile();
    const entered: number[] = [];
    for (const one of CROWD) turnstile.pass(() => entered.push(one));
    const seen: number[] = [];
    for (let turns = 0; turns < 4; turns++) {
      seen.push(entered.length);
      await nextTurn();
    }
    expect(seen).toEqual([0, PER_TURN, 2 * PER_TURN, CROWD.length]);
    expect(entered).toEqual(CROWD);
  });

  test("does not stop those who come later", async () => {
    const turnstile = new Turnstile();
    const entered: string[] = [];
    turnstile.pass(() => entered.push("first"));
    await nextTurn();
    turnstile.pass(() => entered.push("second"));
    await nextTurn();
    expect(entered).toEqual(["first", "second"]);
  });

  test("waits for its turn also where it asks for a promise", async () => {
    const turnstile = new Turnstile();
    const entered: number[] = [];
    for (const one of CROWD) void turnstile.turn().then(() => entered.push(one));
    await nextTurn();
    await nextTurn();
    expect(entered).toEqual(CROWD.slice(0, entered.length));
    expect(entered.length).toBeLessThan(CROWD.length);
  });
});
