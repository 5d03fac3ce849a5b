import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { positionIn } from "../../src/client/mailbox/chat.ts";
import { dealt, slotOf } from "../../src/nats/slots.ts";
import { startApp, type App } from "../support/app.ts";
import { device, type Device } from "../support/device.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { answer } from "../support/siege.ts";

const STREAMS = 2;

/** Someone whose mailbox lies in stream `k`. */
function person(name: string, k: number): string {
  for (let i = 0; ; i++)
    if (dealt(k, STREAMS).includes(slotOf(`${name}${i}`))) return `${name}${i}`;
}

const ready = (app: App): Promise<void> =>
  vi.waitFor(async () => expect((await fetch(`${app.url}/readyz`)).status).toBe(200), {
    timeout: PATIENCE_MS,
  });

/** Kills the broker, and starts it again behind `between`. */
async function restart(app: App, between: () => void): Promise<void> {
  await app.broker.kill();
  between();
  await app.broker.restart();
}

/** Asks until the views have come so far that it holds. */
const views = (asker: Device, question: object, holds: (result: unknown) => void): Promise<void> =>
  vi.waitFor(async () => holds((await answer(asker, question))["result"]), {
    timeout: PATIENCE_MS,
    interval: 100,
  });

const bodies = (asker: Device, peer: string, expected: readonly number[]): Promise<void> =>
  views(asker, { t: "history", peer, limit: 50 }, (result) => {
    const { messages } = result as { messages: { body: string }[] };
    expect(messages.map(({ body }) => body)).toEqual(expected.map(String));
  });

const unread = (asker: Device, peer: string, expected: number): Promise<void> =>
  views(asker, { t: "chats", limit: 10 }, (result) => {
    const { chats } = result as { chats: { peer: string; unread: number }[] };
    expect(chats.find((chat) => chat.peer === peer)?.unread).toBe(expected);
  });

const status = (asker: Device, id: string, expected: string): Promise<void> =>
  views(asker, { t: "status", id }, (result) => expect(result).toMatchObject({ status: expected }));

/** Alice has sent 7 messages, of which bob has read 2, and the stream of one of them loses all since the third. */
test.each([
  { whose: "author", lost: 0, own: [1, 2, 3, 6, 7] },
  { whose: "receiver", lost: 1, own: [1, 2, 3, 4, 5, 6, 7] },
])(
  "[L6][V1] unread, statuses and histories are exact when the stream of the $whose comes back shorter within the broker's window",
  async ({ lost, own }) => {
    const app = await startApp({ PARTITIONS: `${STREAMS}` });
    onTestFinished(() => app.stop());
    const store = join(app.broker.dir, "store", "jetstream", "$G", "streams", `MAILBOX_${lost}`);
    const aside = `${app.broker.dir}-older`;
    onTestFinished(() => rmSync(aside, { recursive: true, force: true }));
    const [alice, bob] = [person("alice", 0), person("bob", 1)];
    let author = await device(app, alice);
    let reader = await device(app, bob);
    const ids = new Map<number, string>();
    const send = async (n: number): Promise<void> => {
      const arrives = reader.until(({ event }) => event?.body === `${n}` && event.author === alice);
      author.say({ t: "send", cid: `a.${n}`, to: bob, body: `${n}` });
      const { position } = (await arrives)["event"];
      ids.set(n, `${alice}:${position}`);
    };
    /** Bob's device says how far, and alice's hears of it. */
    const tell = async (t: "delivered" | "read", n: number): Promise<void> => {
      const upTo = positionIn(ids.get(n)!);
      const ticked = author.until(({ event }) => event?.author === bob && event.upTo >= upTo);
      reader.say({ t, peer: alice, upTo });
      await ticked;
    };
    for (const n of [1, 2, 3]) await send(n);
    await tell("read", 2);
    await tell("delivered", 3);
    await unread(reader, alice, 1);
    await restart(app, () => cpSync(store, aside, { recursive: true }));
    await ready(app);
    for (const n of [4, 5]) await send(n);
    await tell("delivered", 5);
    await unread(reader, alice, 3);
    await restart(app, () => {
      rmSync(store, { recursive: true });
      cpSync(aside, store, { recursive: true });
    });
    // Its users are sent back as soon as the generation has begun.
    await [author, reader][lost]!.closed;
    await ready(app);
    if (lost === 0) author = await device(app, alice);
    else reader = await device(app, bob);
    for (const n of [6, 7]) await send(n);

    await bodies(reader, alice, [1, 2, 3, 4, 5, 6, 7]);
    await unread(reader, alice, 5);
    await bodies(author, bob, own);
    await status(author, ids.get(2)!, "read");
    await status(author, ids.get(3)!, "delivered");
    await status(author, ids.get(6)!, "sent");
    await tell("delivered", 6);
    await status(author, ids.get(6)!, "delivered");
    await status(author, ids.get(7)!, "sent");
    await tell("read", 7);
    await unread(reader, alice, 0);
    for (const n of own) await status(author, ids.get(n)!, "read");
  },
);
