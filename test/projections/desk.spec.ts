import { describe, expect, test } from "vitest";
import { Desk, UNDER_WAY_MAX } from "../../src/projections/desk.ts";
import { writeReply, type Query, type ViewRefusal } from "../../src/protocol/internal/query.ts";

const refusal = (error: ViewRefusal): string => writeReply({ error });

const question = (owner: string, n: number, more: Partial<Query> = {}): Query =>
  ({ view: "status", owner, id: `${owner}:${n}`, atLeast: 0, ...more }) as Query;

/** A desk of a world with a clock of its own; each answer takes `answerMs`. */
function desk({ answerMs = 1 } = {}) {
  const world = {
    at: 0,
    /** Answered, in order. */
    order: [] as string[],
    behind: false,
  };
  const answers = new Desk({
    atLeast: () => Promise.resolve(!world.behind),
    elapsed: () => world.at,
    answer: (query) => {
      world.at += answerMs;
      world.order.push((query as Extract<Query, { view: "status" }>).id);
      return "{}";
    },
    refusal,
  });
  const ask = (owner: string, count: number, more: Partial<Query> = {}): Promise<string[]> =>
    Promise.all(Array.from({ length: count }, (_, n) => answers.ask(question(owner, n, more))));
  return { world, ask };
}

describe("questions about a stream", () => {
  test("[V7] are answered for each user in turn, so that a flood stands behind everybody else", async () => {
    const { world, ask } = desk();
    await Promise.all([ask("mallory", 40), ask("alice", 2), ask("bob", 1)]);
    expect(world.order.indexOf("alice:0")).toBeLessThan(4);
    expect(world.order.indexOf("bob:0")).toBeLessThan(4);
    expect(world.order.indexOf("alice:1")).toBeLessThan(6);
  });
  test("are so also when one answer takes a whole turn", async () => {
    const { world, ask } = desk({ answerMs: 8 });
    await Promise.all([ask("mallory", 40), ask("alice", 2), ask("bob", 1)]);
    expect(world.order.slice(0, 5)).toEqual([
      "mallory:0",
      "alice:0",
      "bob:0",
      "mallory:1",
      "alice:1",
    ]);
  });
  test("of one user beyond 64 under way are refused, and nobody else's", async () => {
    const { ask } = desk();
    const [flood, honest] = await Promise.all([ask("mallory", 65), ask("alice", 1)]);
    expect(flood.filter((text) => text === refusal("rate_limited"))).toHaveLength(1);
    expect(honest).toEqual(["{}"]);
    expect(await ask("mallory", 1)).toEqual(["{}"]);
  });
  test("beyond a bound for all are refused for now", async () => {
    const { ask } = desk();
    const all = await Promise.all(
      Array.from({ length: UNDER_WAY_MAX / 50 + 1 }, (_, i) => ask(`user-${i}`, 50)),
    );
    expect(all.flat().filter((text) => text === refusal("unavailable"))).toHaveLength(50);
  });
  test("[V7] that nobody waits for any more are not worked on", async () => {
    const { world, ask } = desk({ answerMs: 10 });
    const answers = await ask("alice", 5, { withinMs: 25 });
    expect(world.order).toHaveLength(3);
    expect(answers.slice(3)).toEqual([refusal("unavailable"), refusal("unavailable")]);
  });
  test("leave the others of the thread their turn after a bounded time", async () => {
    const { world, ask } = desk({ answerMs: 5 });
    const seen: number[] = [];
    const commit = (): void => {
      seen.push(world.order.length);
      if (world.order.length < 20) setImmediate(commit);
    };
    const answers = ask("alice", 20);
    setImmediate(commit);
    await answers;
    seen.push(world.order.length);
    const turns = seen.map((count, i) => count - (seen[i - 1] ?? 0));
    expect(Math.max(...turns)).toBeLessThanOrEqual(2);
  });
  test("that want more than the views hold are told that the view is behind", async () => {
    const { world, ask } = desk();
    world.behind = true;
    expect(await ask("alice", 1)).toEqual([refusal("view.behind")]);
  });
});
