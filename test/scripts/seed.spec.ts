import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { PAIRS, PEOPLE } from "../../demo/cast.ts";
import { freePort } from "../../scripts/dev/port.mjs";
import { startApp, type App } from "../support/app.ts";
import { chat } from "../support/chat.ts";
import { PATIENCE } from "../support/patience.ts";

const SEED = join(import.meta.dirname, "../../demo/seed.ts");
const SOON = { ...PATIENCE, interval: 20 };

let app: App;
beforeAll(async () => void (app = await startApp()));
afterAll(() => app.stop());

/** `npm run seed`, with a folder of this test's. */
async function seed(url: string): Promise<{ code: number; said: string }> {
  const args = ["--import", "tsx", SEED, url, join(app.dir, "demo")];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, said };
}

test("the demo has unread, undelivered, pending and failed messages, as its cast says", async () => {
  const { code, said } = await seed(app.url);
  expect(said).toContain(`The demo is ready: ${app.url}/?as=alice`);
  expect(said).toMatch(/grace +pending +No network here/);
  expect(code).toBe(0);

  const alice = chat(app.url, "alice");
  const hers = PAIRS.filter(({ between }) => between[0] === "alice");
  const unread = Object.fromEntries(
    hers.map(({ between, unread: count = 0 }) => [between[1], count]),
  );
  // Entry by entry: a chat is listed with its first message.
  await vi.waitFor(
    () =>
      expect(
        Object.fromEntries(alice.chats().items.map((line) => [line.peer, line.unread])),
      ).toEqual(unread),
    SOON,
  );
  const grace = alice.messages("grace").items.map(({ status }) => status);
  expect(grace.slice(-3)).toEqual(["sent", "sent", "sent"]);
  expect(grace.slice(0, -3)).not.toContain("pending");
  await alice.close();

  const outbox = readFileSync(join(app.dir, "demo", "alice-phone", "outbox.json"), "utf8");
  expect(outbox).toContain('"error":"message.too_large"');
});

test("is refused where somebody has chats already", async () => {
  const { code, said } = await seed(app.url);
  expect(code).toBe(1);
  expect(said).toMatch(/^posthorn: \w+ has chats already: [^\n]+\n$/);
});

test("is refused in one sentence where nothing runs", async () => {
  const { code, said } = await seed(`http://127.0.0.1:${await freePort()}`);
  expect(code).toBe(1);
  expect(said).toMatch(/^posthorn: nothing answers at [^\n]+npm run dev[^\n]+\n$/);
});

test("its cast is twelve people, and nobody has two chats with the same person", () => {
  expect(PEOPLE).toHaveLength(12);
  const known = new Set(PEOPLE.map(({ id }) => id));
  const names = PAIRS.map(({ between }) => between.toSorted().join());
  expect(PAIRS.flatMap(({ between }) => between).filter((id) => !known.has(id))).toEqual([]);
  expect(new Set(names).size).toBe(PAIRS.length);
});
