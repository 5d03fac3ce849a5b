import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { pidIn, commandOf } from "../../scripts/broker/pid.mjs";
import { freePort } from "../../scripts/dev/port.mjs";
import { chat } from "../support/chat.ts";
import { PATIENCE } from "../support/patience.ts";

const TOP = join(import.meta.dirname, "../..");
/** All that npm run dev needs of a checkout. */
const COPIED = ["src", "web", "scripts", "package.json", "package-lock.json", "tsconfig.json"];
const SOON = { ...PATIENCE, interval: 20 };
const HEALTH = "src/gateway/http/health.ts";
/** The answer at /livez. */
const OK = 'if (path === LIVE_PATH) return plain(200, "ok")';
const saying = (text: string): string => OK.replace("ok", text);

let dir: string;
let url: string;
let dev: ChildProcess;
let said = "";

/** `npm run dev` in a copy of the checkout, which may be edited. */
beforeAll(async () => {
  dir = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "dev-"));
  for (const name of COPIED) cpSync(join(TOP, name), join(dir, name), { recursive: true });
  symlinkSync(join(TOP, "node_modules"), join(dir, "node_modules"));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  dev = spawn(process.execPath, [join(dir, "scripts", "dev.mjs")], {
    env: { ...process.env, PORT: `${port}`, DATA_DIR: join(dir, "data") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [dev.stdout, dev.stderr])
    stream?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await vi.waitUntil(() => said.includes("Bob:"), SOON);
});
afterAll(async () => {
  if (dev.exitCode === null) {
    dev.kill("SIGTERM");
    await once(dev, "exit");
  }
  rmSync(dir, { recursive: true });
});

const brokerPid = (): number => pidIn(join(dir, "data", "nats", "nats.pid")) ?? 0;
const serverPid = (): number => Number(/.*process (\d+)/s.exec(said)?.[1]);
const runs = (pid: number): boolean => commandOf(pid)?.includes(dir) ?? false;

/** The text that is served at a path; empty while the server is away. */
const get = (path: string): Promise<string> =>
  fetch(url + path).then(
    (answer) => answer.text(),
    () => "",
  );

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(join(dir, file), "utf8");
  expect(text).toContain(from);
  writeFileSync(join(dir, file), text.replace(from, to));
}

test.each([
  ["x", "PORT is a number from 1 to 65535"],
  ["used", "cannot be served"],
])("a port that is %s is refused in one sentence", async (port, why) => {
  const used = new URL(url).port;
  const other = spawn(process.execPath, [join(dir, "scripts", "dev.mjs")], {
    env: { ...process.env, PORT: port === "used" ? used : port, DATA_DIR: join(dir, "other") },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let words = "";
  other.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));
  expect(await once(other, "close")).toEqual([1, null]);
  expect(words).toMatch(new RegExp(`^posthorn: .*${why}.*\\n$`));
});

test("an edit of the server is seen, over the same broker with all its data", async () => {
  const broker = brokerPid();
  const server = serverPid();
  const alice = chat(url, "alice");
  alice.send("bob", "before the edit");
  await vi.waitUntil(() => alice.messages("bob").items[0]?.status === "sent", SOON);
  edit(HEALTH, OK, saying("edited"));
  await vi.waitUntil(async () => (await get("/livez")) === "edited", SOON);
  const bob = chat(url, "bob");
  await vi.waitUntil(() => bob.messages("alice").items[0]?.body === "before the edit", SOON);
  await vi.waitUntil(() => alice.messages("bob").items[0]?.status === "delivered", SOON);
  await Promise.all([alice.close(), bob.close()]);
  expect(brokerPid()).toBe(broker);
  // The server answers a moment before its start is told.
  await vi.waitUntil(() => serverPid() !== server, SOON);
  expect(runs(server)).toBe(false);
});

test("an edit that does not compile is told, and the server before it goes on", async () => {
  const server = serverPid();
  edit(HEALTH, saying("edited"), "if (");
  await vi.waitUntil(() => said.includes("does not compile"), SOON);
  expect(await get("/livez")).toBe("edited");
  expect(serverPid()).toBe(server);
  edit(HEALTH, "if (;", `${saying("mended")};`);
  await vi.waitUntil(async () => (await get("/livez")) === "mended", SOON);
  await vi.waitUntil(() => serverPid() !== server, SOON);
});

test("an edit of the page is served without a restart of the server", async () => {
  const server = serverPid();
  expect(await get("/")).toContain("/@vite/client");
  expect(await get("/format.ts")).not.toContain("EDITED");
  writeFileSync(join(dir, "web/format.ts"), "export const EDITED = 1;\n");
  await vi.waitUntil(async () => (await get("/format.ts")).includes("EDITED"), SOON);
  expect(serverPid()).toBe(server);
});

test("one Ctrl-C ends server, page and broker", async () => {
  await vi.waitUntil(() => runs(serverPid()) && runs(brokerPid()), SOON);
  const [server, broker] = [serverPid(), brokerPid()];
  dev.kill("SIGINT");
  expect(await once(dev, "exit")).toEqual([0, null]);
  expect([runs(server), runs(broker)]).toEqual([false, false]);
  expect(await get("/")).toBe("");
});
