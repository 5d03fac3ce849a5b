import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { backup } from "../../src/cli/backup.ts";
import { restore } from "../../src/cli/restore.ts";
import type { ChatClient } from "../../src/client/client.ts";
import { expectViewsAreAReplay } from "../faults/support.ts";
import { count } from "../broker/host.ts";
import { startApp } from "../support/app.ts";
import { chat } from "../support/chat.ts";
import { commanded } from "../support/command.ts";
import { folder } from "../support/folder.ts";
import { PATIENCE } from "../support/patience.ts";

/** Everything that a client shows of a chat, as texts. */
const texts = (client: ChatClient, peer: string): string[] =>
  client.messages(peer).items.map(({ body }) => body);

test("[L10] devices that were there before a restore show what the backup has and what is sent since, each once and under an id of its own, with ticks", async () => {
  const app = await startApp({ PARTITIONS: "2", SENDS_BURST: "1000" });
  onTestFinished(() => app.stop());
  const [alice, bob] = [chat(app.url, "alice"), chat(app.url, "bob")];
  onTestFinished(() => Promise.all([alice.close(), bob.close()]).then(() => undefined));
  const say = (from: number, to: number): void => {
    for (const n of count(from, to)) (n % 2 ? alice : bob).send(n % 2 ? "bob" : "alice", `${n}`);
  };
  const both = (size: number): Promise<void> =>
    vi.waitFor(
      async () => {
        // A device that took its chats anew has the newest page of each.
        await Promise.all([alice.loadEarlier("bob"), bob.loadEarlier("alice")]);
        const sizes = [texts(alice, "bob"), texts(bob, "alice")].map(({ length }) => length);
        expect(sizes).toEqual([size, size]);
      },
      { ...PATIENCE, interval: 100 },
    );
  say(1, 20);
  await both(20);
  const dir = join(folder(), "bundle");
  const env = { NATS_URL: app.broker.url };
  expect(await commanded(backup, [dir], env)).toMatchObject({ code: 0 });
  say(21, 70);
  await both(70);
  const lost = new Set(
    alice
      .messages("bob")
      .items.map(({ id }) => id)
      .slice(20),
  );
  await app.terminate();
  // A gateway that has said goodbye is missed within a second.
  await vi.waitFor(
    async () => expect((await commanded(restore, [dir, "--replace"], env)).err).toMatch(/put back/),
    { ...PATIENCE, interval: 200 },
  );
  await app.restart();
  say(71, 120);
  await both(70);
  for (const [client, peer] of [
    [alice, "bob"],
    [bob, "alice"],
  ] as const) {
    expect(texts(client, peer).toSorted()).toEqual(
      [...count(1, 20), ...count(71, 120)].map(String).toSorted(),
    );
    const ids = client.messages(peer).items.map(({ id }) => id);
    expect(new Set(ids).size).toBe(70);
    expect(ids.filter((id) => lost.has(id))).toEqual([]);
  }
  bob.markRead("alice");
  await vi.waitFor(() => {
    const own = alice.messages("bob").items.filter(({ author }) => author === "alice");
    expect(own.filter(({ status }) => status !== "read")).toEqual([]);
  }, PATIENCE);
  await expectViewsAreAReplay(app);
});
