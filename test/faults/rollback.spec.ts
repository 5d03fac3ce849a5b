import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Footing } from "../../src/protocol/frames/hello.ts";
import { startApp } from "../support/app.ts";
import { device, type Device } from "../support/device.ts";
import { PATIENCE, PATIENCE_MS } from "../support/patience.ts";
import { answer } from "../support/siege.ts";

/** The cursor of a device that has taken all that it was told. */
function cursorOf({ frames }: Device): { epoch: string; seq: number; on: Footing } {
  const { epoch } = frames.find(({ t }) => t === "welcome") ?? { epoch: "" };
  const { seq, at, generation } = frames.findLast(({ t }) => t === "event")!;
  return { epoch, seq, on: { seq, at, ...(generation && { generation }) } };
}

test("[L6][M9] a server whose only stream came back shorter sends devices for what the log has, those that had read of the lost end, and chats go on with ticks", async () => {
  const app = await startApp({ PARTITIONS: "1" });
  onTestFinished(() => app.stop());
  const store = join(app.broker.dir, "store", "jetstream", "$G", "streams", "MAILBOX_0");
  const aside = `${app.broker.dir}-older`;
  onTestFinished(() => rmSync(aside, { recursive: true, force: true }));
  let alice = await device(app, "alice");
  let bob = await device(app, "bob");
  const send = async (n: number): Promise<void> => {
    const arrives = bob.until(
      ({ event }) => event?.type === "MessageSent" && event.body === `${n}`,
    );
    alice.say({ t: "send", cid: `a.${n}`, to: "bob", body: `${n}` });
    const { event } = await arrives;
    const ticked = alice.until(
      ({ event: told }) => told?.author === "bob" && told.upTo >= event.position,
    );
    bob.say({ t: "read", peer: "alice", upTo: event.position });
    await ticked;
  };
  for (const n of [1, 2, 3]) await send(n);
  const carol = await device(app, "carol");
  await carol.close();
  await app.broker.kill();
  cpSync(store, aside, { recursive: true });
  await app.broker.restart();
  await vi.waitFor(async () => expect((await fetch(`${app.url}/readyz`)).status).toBe(200), {
    timeout: PATIENCE_MS,
  });
  for (const n of [4, 5]) await send(n);
  const ahead = cursorOf(bob);
  await app.broker.kill();
  rmSync(store, { recursive: true });
  cpSync(aside, store, { recursive: true });
  await app.broker.restart();
  // The users of the stream are sent back as soon as its generation has begun, or a reading finds the log shorter.
  await Promise.all([alice.closed, bob.closed]);
  await vi.waitFor(() => expect(app.log()).toContain("the log came back shorter"), PATIENCE);
  await vi.waitFor(async () => expect((await fetch(`${app.url}/readyz`)).status).toBe(200), {
    timeout: PATIENCE_MS,
  });
  // A device that comes before the generation has begun is sent away again.
  await vi.waitFor(
    async () => {
      const dave = await device(app, "dave");
      const opened = dave.frames.find(({ event }) => event?.type === "SessionOpened");
      await dave.close();
      expect(opened?.["generation"]).toBe(1);
    },
    { ...PATIENCE, interval: 100 },
  );
  alice = await device(app, "alice");
  bob = await device(app, "bob", ahead);
  const { seq } = await bob.until(({ t, reason }) => t === "resync" && reason === "rolled-back");
  await bob.until(({ t, seq: at }) => t === "event" && at === seq);
  const below = await device(app, "carol", cursorOf(carol));
  expect(below.frames.some(({ t }) => t === "resync")).toBe(false);
  for (const n of [6, 7]) await send(n);
  const atLeast = Math.max(...bob.frames.flatMap(({ t, seq: at }) => (t === "event" ? [at] : [])));
  // The views of the stream are being built anew: until they have come so far, they say so.
  await vi.waitFor(
    async () => {
      const told = await answer(bob, { t: "history", peer: "alice", limit: 10, atLeast });
      const messages: { body: string }[] = told["result"]?.messages ?? [];
      expect(messages.map(({ body }) => body)).toEqual(["1", "2", "3", "6", "7"]);
    },
    { ...PATIENCE, interval: 200 },
  );
  const again = await device(app, "bob", cursorOf(bob));
  expect(again.frames.some(({ t }) => t === "resync")).toBe(false);
});
