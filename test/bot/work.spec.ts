import { expect, test } from "vitest";
import { ChatTrack } from "../../src/bot/chattrack.ts";
import { Work } from "../../src/bot/work.ts";

const nothing = (): void => undefined;

test("[B1] a chat that is left while its backlog is read is worked on no more: no try begins that nobody could end", async () => {
  const track = new ChatTrack("alice");
  track.came({ id: "alice:5", author: "alice", position: 5, body: "5", sentAt: 1 }, 5);
  let read: () => void = nothing;
  const began: string[] = [];
  const work = new Work({
    handler: ({ id }) => void began.push(id),
    concurrency: 1,
    handlerMs: 1_000,
    triesMax: 1,
    wants: () => true,
    open: () => true,
    read: () => new Promise((resolve) => (read = resolve)),
    say: nothing,
    finished: nothing,
    failed: nothing,
    dead: nothing,
  });
  work.look(track);
  work.leave();
  track.leave(new Error("another log"));
  read();
  await work.calm();
  expect(began).toEqual([]);
});
