import { describe, expect, test } from "vitest";
import { Queue, type Pending } from "../../src/nats/publish/queue.ts";
import { Queues } from "../../src/nats/publish/queues.ts";

const MANY = 1_024;

/** A queue, and publications for it. */
function filled(gathers: boolean, texts: readonly string[]) {
  const queue = new Queue(gathers);
  const pendings = texts.map((text): Pending => ({
    publication: {
      subject: "fact.7.19.alice",
      payload: () => text,
      stored: () => undefined,
      failed: () => undefined,
    },
    queue,
    since: 0,
    deadline: 60_000,
    payload: undefined,
    sentAt: 0,
    isRepeated: false,
    resendAt: 0,
  }));
  for (const each of pendings) queue.push(each);
  const take = (room = MANY, connected = true) => {
    const { items, together } = queue.take(room, connected);
    return { count: items.length, together };
  };
  return { queue, pendings, take };
}
const texts = (n: number): string[] => Array.from({ length: n }, (_, i) => `${i}`);
const nothing = { count: 0, together: false };

describe("a queue that gathers", () => {
  test("hands out a batch, and nothing more until it has landed", () => {
    const { queue, take } = filled(true, texts(300));
    expect(take()).toEqual({ count: 256, together: true });
    expect(take()).toEqual(nothing);
    expect(queue.length).toBe(44);
    queue.landed();
    expect(take()).toEqual({ count: 44, together: true });
    expect(take()).toEqual(nothing);
  });

  test("hands out no more alone than are answered", () => {
    const { queue, pendings, take } = filled(true, texts(5));
    expect(take()).toEqual({ count: 5, together: false });
    const more = filled(true, texts(6)).pendings;
    for (const each of more) queue.push(each);
    expect(take()).toEqual({ count: 3, together: false });
    expect(take()).toEqual(nothing);
    queue.answered(pendings[0]!);
    queue.answered(more[0]!);
    expect(take()).toEqual({ count: 2, together: false });
    for (const each of pendings) queue.answered(each);
    expect(take()).toEqual({ count: 1, together: false });
  });

  test("hands out one alone for which there is no room beside others", () => {
    const { take } = filled(true, ["x".repeat(300 * 1024), ...texts(20)]);
    expect(take()).toEqual({ count: 1, together: false });
    expect(take()).toEqual({ count: 20, together: true });
  });

  test("hands out two as a batch, and a few each alone, however long they are", () => {
    const long = (kib: number): string => "x".repeat(kib * 1024);
    const { queue, take } = filled(true, [long(150), long(100), long(99), ...texts(20)]);
    expect(take()).toEqual({ count: 2, together: true });
    queue.landed();
    expect(filled(true, [long(150), long(150), long(150)]).take()).toEqual({
      count: 3,
      together: false,
    });
  });

  test("hands out as many as there is room for under way", () => {
    const { queue, take } = filled(true, texts(100));
    expect(take(1)).toEqual({ count: 1, together: false });
    expect(take(10)).toEqual({ count: 10, together: true });
    queue.landed();
    expect(take(0)).toEqual(nothing);
  });

  test("hands out everything, each alone, where there is no connection", () => {
    const { take } = filled(true, texts(300));
    expect(take(MANY, false)).toEqual({ count: 300, together: false });
  });
});

test("another queue hands out everything at once, each alone", () => {
  const { take } = filled(false, texts(300));
  expect(take()).toEqual({ count: 300, together: false });
  expect(take()).toEqual(nothing);
});

test.each([true, false])(
  "queues hand out nothing where more is unanswered than there may be, as when a stream is away, gathering: %s",
  (gathers) => {
    const queues = new Queues(gathers);
    for (const { publication } of filled(gathers, texts(300)).pendings) queues.push(publication, 0);
    const traffic = { unanswered: 100, crowd: 100, window: 1, connected: true };
    const taken = [...queues.take(0, traffic)].flatMap(({ items }) => items);
    expect(taken).toEqual([]);
    expect(queues.length).toBe(300);
  },
);
