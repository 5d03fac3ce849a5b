import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { check } from "../../src/cli/check.ts";
import { partitions } from "../../src/cli/partitions.ts";
import type { ChatClient } from "../../src/client/client.ts";
import { administer } from "../../src/nats/bundle/administered.ts";
import { connect } from "../../src/nats/connection.ts";
import { SLOTS } from "../../src/events/limits.ts";
import { slotOf } from "../../src/nats/slots.ts";
import { copySubject, mailboxStream } from "../../src/nats/subjects.ts";
import { count } from "../broker/host.ts";
import { expectViewsAreAReplay } from "../faults/support.ts";
import { startApp } from "../support/app.ts";
import { chat } from "../support/chat.ts";
import { commanded } from "../support/command.ts";
import { device } from "../support/device.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";

const INTO = 4;

/** The stream of four in which a mailbox lies. */
const homeOf = (user: string): number => Math.floor((slotOf(user) * INTO) / SLOTS);

const texts = (client: ChatClient, peer: string): string[] =>
  client.messages(peer).items.map(({ body }) => body);

const CLI = join(import.meta.dirname, "../../dist/cli.js");

/** Runs a command as a process, and kills it as soon as it says so. */
async function killedAt(
  said: RegExp,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stderr.on("data", (chunk) => {
    text += String(chunk);
    if (said.test(text)) child.kill("SIGKILL");
  });
  const [, signal] = (await once(child, "close")) as [number | null, string | null];
  expect(signal, text).toBe("SIGKILL");
}

test("[L13] two people who chat go on across a split as if there had been none: cursors, ticks, history, each message once, and nobody takes their chats anew", async () => {
  const app = await startApp({ PARTITIONS: "1", SENDS_BURST: "1000" });
  onTestFinished(() => app.stop());
  const env = { NATS_URL: app.broker.url, DATA_DIR: app.dir };
  const split = (...how: string[]) => commanded(partitions, ["split", ...how], env);
  expect(new Set(["alice", "bob"].map(homeOf)).size).toBe(2);
  const [alice, bob] = [chat(app.url, "alice"), chat(app.url, "bob")];
  onTestFinished(() => Promise.all([alice.close(), bob.close()]).then(() => undefined));
  const say = (from: number, to: number): void => {
    for (const n of count(from, to)) (n % 2 ? alice : bob).send(n % 2 ? "bob" : "alice", `${n}`);
  };
  /** Everybody shows so many messages, and has read what the other has sent. */
  const settled = (size: number): Promise<void> =>
    vi.waitFor(
      () => {
        alice.markRead("bob");
        bob.markRead("alice");
        for (const [client, peer] of [
          [alice, "bob"],
          [bob, "alice"],
        ] as const) {
          const { items } = client.messages(peer);
          expect(items.map(({ body }) => Number(body)).toSorted((a, b) => a - b)).toEqual(
            count(1, size),
          );
          const own = items.filter(({ mine }) => mine);
          expect(own.filter(({ status }) => status !== "read")).toEqual([]);
        }
      },
      { ...PATIENCE, interval: 50 },
    );
  say(1, 40);
  await settled(40);
  const before = [texts(alice, "bob"), texts(bob, "alice")];
  const ids = alice.messages("bob").items.map(({ id }) => id);
  // A tablet that has seen everything up to here, by its cursor.
  const tablet = await device(app, "bob");
  const [welcome, last] = [
    await tablet.until(({ t }) => t === "welcome"),
    tablet.frames.findLast(({ t }) => t === "event"),
  ];
  await tablet.close();
  expect(await split("--into", "4")).toMatchObject({
    code: 1,
    err: expect.stringContaining("Posthorn is running"),
  });
  await app.terminate();

  const link = await connect({ url: app.broker.url }, "spec", silent);
  onTestFinished(() => link.nc.close());
  // Killed behind its marks; Posthorn does not start on what is left, and the same command goes on.
  await killedAt(/marks stored/, ["partitions", "split", "--into", `${INTO}`], env);
  await expect(app.restart()).rejects.toThrow("run posthorn partitions split to its end");
  expect(await split("--into", "8")).toMatchObject({
    code: 1,
    err: expect.stringContaining("a split into 4 is there already"),
  });
  expect(await split("--into", `${INTO}`)).toMatchObject({
    code: 0,
    out: "the slots are dealt to 4 streams; start Posthorn now\n",
    err: expect.stringMatching(/3 mirrors are streams of their own \(768 slots\)\n/),
  });
  expect(await split("--into", `${INTO}`)).toMatchObject({ code: 0 });

  await app.restart();
  const again = await device(app, "bob", {
    epoch: welcome["epoch"],
    seq: last?.["seq"],
    on: { seq: last?.["seq"], at: last?.["at"] },
  });
  expect(again.frames.map(({ t }) => t)).not.toContain("resync");
  await settled(40);
  expect([texts(alice, "bob"), texts(bob, "alice")]).toEqual(before);
  expect(alice.messages("bob").items.map(({ id }) => id)).toEqual(ids);
  say(41, 80);
  await settled(80);
  await again.until(({ event }) => event?.body === "80" || event?.body === "79");

  // None of the copies came twice, on either side of the split.
  const { jsm } = await administer(link);
  for (const user of ["alice", "bob"]) {
    const filter = { subjects_filter: copySubject(user) };
    const bodies: string[] = [];
    const stream = mailboxStream(homeOf(user));
    expect((await jsm.streams.info(stream, filter)).state.subjects).toBeDefined();
    for (let seq = 1; ;) {
      const query = { seq, next_by_subj: copySubject(user) } as { seq: number };
      const found = await jsm.streams.getMessage(stream, query);
      if (found === null) break;
      const { type, body } = found.json<{ type: string; body?: string }>();
      if (type === "MessageSent") bodies.push(body ?? "");
      seq = found.seq + 1;
    }
    expect(bodies).toHaveLength(40);
    expect(new Set(bodies).size).toBe(40);
  }
  await again.close();
  expect(await commanded(check, [], env)).toMatchObject({
    code: 0,
    out: expect.stringContaining("80 messages of 2 people"),
  });
  await expectViewsAreAReplay(app);
});
