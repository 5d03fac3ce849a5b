import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { startApp } from "../support/app.ts";
import { device } from "../support/device.ts";
import { answer } from "../support/siege.ts";

test("[L6] a server whose only stream came back shorter sends its devices for what the log has, and chats go on with ticks", async () => {
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
  await app.broker.kill();
  cpSync(store, aside, { recursive: true });
  await app.broker.restart();
  await vi.waitFor(async () => expect((await fetch(`${app.url}/readyz`)).status).toBe(200), {
    timeout: 20_000,
  });
  for (const n of [4, 5]) await send(n);
  const { epoch } = bob.frames.find(({ t }) => t === "welcome") ?? { epoch: "" };
  const seq = Math.max(
    ...bob.frames.flatMap((frame) => (frame.t === "event" ? [frame["seq"]] : [])),
  );
  await app.broker.kill();
  rmSync(store, { recursive: true });
  cpSync(aside, store, { recursive: true });
  await app.broker.restart();
  await vi.waitFor(() => expect(app.log()).toContain("the log came back shorter"), {
    timeout: 20_000,
  });
  await vi.waitFor(async () => expect((await fetch(`${app.url}/readyz`)).status).toBe(200), {
    timeout: 20_000,
  });
  alice = await device(app, "alice");
  bob = await device(app, "bob", { epoch, seq });
  await bob.until(({ t, reason }) => t === "resync" && reason === "epoch");
  for (const n of [6, 7]) await send(n);
  const atLeast = Math.max(...bob.frames.flatMap(({ t, seq: at }) => (t === "event" ? [at] : [])));
  // The views of the stream are being built anew: until they have come so far, they say so.
  await vi.waitFor(
    async () => {
      const told = await answer(bob, { t: "history", peer: "alice", limit: 10, atLeast });
      const messages: { body: string }[] = told["result"]?.messages ?? [];
      expect(messages.map(({ body }) => body)).toEqual(["1", "2", "3", "6", "7"]);
    },
    { timeout: 20_000, interval: 200 },
  );
});
