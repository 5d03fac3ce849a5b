import { describe, expect, test } from "vitest";
import { answeredBy, answerKey } from "../../src/bot/answerkey.ts";
import type { BotMessage } from "../../src/bot/incoming.ts";
import { QUEUE_MAX, ChatTrack } from "../../src/bot/chattrack.ts";

const message = (position: number): BotMessage => ({
  id: `alice:${position}`,
  author: "alice",
  position,
  body: `${position}`,
  sentAt: 1,
});
/** A chat in which the messages at these positions have come. */
function having(...positions: number[]): ChatTrack {
  const track = new ChatTrack("alice");
  for (const position of positions) track.came(message(position), position);
  return track;
}
const waiting = (track: ChatTrack): number[] => track.queue.map(({ position }) => position);

describe("[B1] a bot's place in a chat", () => {
  test("has each message once, in order", () =>
    expect(waiting(having(3, 5, 5, 3, 9))).toEqual([3, 5, 9]));

  test("moves with what is finished, and not back", () => {
    const track = having(3, 5);
    track.finish(message(3));
    expect([track.done, waiting(track)]).toEqual([3, [5]]);
    track.came(message(3), 9);
    expect(waiting(track)).toEqual([5]);
  });

  test("moves where another copy of the bot has come further", () => {
    const track = having(3, 5, 9);
    track.read(5);
    expect([track.here, track.done, waiting(track)]).toEqual([5, 5, [9]]);
    track.read(3);
    expect(track.here).toBe(5);
  });

  test("leaves what is too much for memory to the views, in one piece", () => {
    const track = having(...Array.from({ length: QUEUE_MAX + 2 }, (_, i) => i + 1));
    expect(track.queue.length).toBe(QUEUE_MAX);
    expect([track.isBehind, track.next, track.newest]).toEqual([true, QUEUE_MAX, QUEUE_MAX + 2]);
  });

  test("takes no event into the queue before the views have told what comes first", () => {
    const track = new ChatTrack("alice");
    track.unread = true;
    track.came(message(9), 9);
    expect([waiting(track), track.isDue]).toEqual([[], true]);
  });
});

describe("[B1] an answer", () => {
  const key = answerKey("alice:5", 2);

  test("is known by the message and its number", () => {
    expect(key).toBe("alice:5#2");
    expect(answeredBy(key)).toEqual({ author: "alice", position: 5 });
    for (const other of ["", "order-7", "alice:5", "alice:5#", "alice:5#0", "a:b#1", "alice:5#1#1"])
      expect(answeredBy(other)).toBeUndefined();
  });

  test("is stored when the mailbox shows it, and whoever waits is told", async () => {
    const track = having(5);
    expect(track.isAnswered(key)).toBe(false);
    const stored = track.stored(key);
    track.answered("alice:5#1");
    expect([track.isAnswered(key), track.isWaiting]).toEqual([false, true]);
    track.answered(key);
    await stored;
    expect([track.isAnswered(key), track.isWaiting]).toEqual([true, false]);
  });

  test("to a message that the device has read is stored: so nobody waits for it", async () => {
    const track = having(5);
    const stored = track.stored(key);
    track.read(5);
    await stored;
    expect(track.isAnswered(key)).toBe(true);
  });

  test("that was refused is told as such", async () => {
    const track = having(5);
    const stored = track.stored(key);
    track.refused(key, new Error("too large"));
    await expect(stored).rejects.toThrow("too large");
  });
});
