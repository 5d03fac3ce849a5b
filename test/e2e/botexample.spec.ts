import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startApp, type App } from "../support/app.ts";
import { device, type Frame } from "../support/device.ts";

const TOP = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "node-bot-"));

let app: App;
beforeAll(async () => {
  app = await startApp();
  // As npm would lay it out: the package by its name, with what is built.
  cpSync(join(TOP, "examples/node-bot"), folder, { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  for (const name of ["posthorn", "ws"])
    symlinkSync(
      name === "ws" ? join(TOP, "node_modules/ws") : TOP,
      join(folder, "node_modules", name),
    );
});
afterAll(async () => {
  await app.stop();
  rmSync(folder, { recursive: true });
});

/** Starts the example, and resolves when it says so. */
function start(): { child: ChildProcess; says: (what: string) => Promise<void> } {
  const env = { PATH: process.env["PATH"], POSTHORN: app.url };
  const child = spawn(process.execPath, ["bot.mjs"], { cwd: folder, env });
  onTestFinished(() => void child.kill("SIGKILL"));
  let out = "";
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  child.stderr.on("data", (chunk) => (out += String(chunk)));
  const says = (what: string): Promise<void> => expect.poll(() => out).toContain(what);
  return { child, says };
}
const said = (body: string) => (frame: Frame) => frame["event"]?.body === body;

test("[B1][B2] the example answers, a second one stands by, and takes over when the first is killed", async () => {
  const ann = await device(app, "ann");
  const first = start();
  await first.says("at work");
  ann.say({ t: "send", cid: "a.1", to: "counter", body: "hello" });
  await ann.until(said("ann, that was one word."));
  const second = start();
  ann.say({ t: "send", cid: "a.2", to: "counter", body: "good morning" });
  await ann.until(said("ann, that was 2 words."));
  expect(await ann.until(({ event }) => event?.data !== undefined)).toMatchObject({
    event: { author: "counter", data: { longest: "morning" } },
  });
  first.child.kill("SIGKILL");
  await second.says("at work");
  ann.say({ t: "send", cid: "a.3", to: "counter", body: "are you still there" });
  await ann.until(said("ann, that was 4 words."));
  const exit = once(second.child, "exit");
  second.child.kill("SIGTERM");
  expect((await exit)[0]).toBe(0);
  await ann.close();
});

test("the example's README names every setting of it", () => {
  const program = readFileSync(join(TOP, "examples/node-bot/bot.mjs"), "utf8");
  const readme = readFileSync(join(TOP, "examples/node-bot/README.md"), "utf8");
  const [, names = ""] = /const \{ (.*) \} = process\.env/.exec(program) ?? [];
  const settings = names.split(",").map((name) => name.split("=")[0]?.trim() ?? "");
  expect(settings.length).toBe(3);
  for (const name of settings) expect(readme).toContain(`| \`${name}\` |`);
});
