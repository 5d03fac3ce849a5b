import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type App } from "../support/app.ts";
import { device, type Frame } from "../support/device.ts";

const TOP = join(import.meta.dirname, "../..");
/** Within reach of the packages it imports. */
const SCRIPT = join(TOP, ".posthorn", `chat-${process.pid}.mjs`);
const page = readFileSync(join(TOP, "docs/protocol.md"), "utf8");

let app: App;
beforeAll(async () => {
  app = await startApp();
  const [, script = ""] = /^```js\n(.+?)^```$/ms.exec(page) ?? [];
  mkdirSync(join(TOP, ".posthorn"), { recursive: true });
  writeFileSync(SCRIPT, script.replaceAll("127.0.0.1:8080", new URL(app.url).host));
});
afterAll(async () => {
  rmSync(SCRIPT);
  await app.stop();
});

/** Runs the script; resolves as soon as it has printed all of `until`. */
async function run(args: string[], until: string[]): Promise<{ child: ChildProcess; out: string }> {
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  for await (const chunk of child.stdout) {
    out += String(chunk);
    if (until.every((part) => out.includes(part))) break;
  }
  return { child, out };
}

test("the page's script chats: one listens, the other writes and sees that it was read", async () => {
  const bob = run(["bob"], ['"body":"Good morning"']);
  const alice = await run(["alice", "bob", "Good morning"], ['"t":"sent"', '"type":"MessageRead"']);
  expect(alice.out).toContain('"durability":"');
  expect((await bob).out).toContain('"author":"alice"');
  for (const { child } of [alice, await bob]) {
    child.kill();
    await once(child, "exit");
  }
});

test("the server's frames have the fields that the page names, and no others", async () => {
  const carol = await device(app, "carol");
  const dave = await device(app, "dave");
  dave.say({ t: "watch", users: ["carol"] });
  carol.say({ t: "typing", peer: "dave" });
  carol.say({ t: "send", ref: 1, cid: "c.1", to: "dave", body: "hello" });
  carol.say({ t: "send", ref: "two", cid: "c.2", to: "carol", body: "myself" });
  const { seq } = await carol.until(({ t }) => t === "sent");
  carol.say({ t: "chats", ref: 3, atLeast: seq });
  carol.say({ t: "ping", ref: 4 });
  carol.say({ t: "refresh", ref: 5, token: await app.token("carol") });
  for (const t of ["reply", "error", "pong", "refreshed"])
    await carol.until((frame) => frame.t === t);
  for (const t of ["presence", "typing"]) await dave.until((frame) => frame.t === t);
  const lost = await device(app, "carol", { epoch: "another", seq: 1 });

  const seen = new Map<string, Set<string>>();
  const all: Frame[] = [...carol.frames, ...dave.frames, ...lost.frames];
  for (const { t, ...rest } of all)
    seen.set(t, new Set([...(seen.get(t) ?? []), ...Object.keys(rest)]));
  const server = page.slice(page.indexOf("\n## Frames of the server"));
  const unknown = [...seen].flatMap(([t, names]) => {
    const section = server.slice(server.indexOf(`\n### \`${t}\``)).split("\n### ")[1] ?? "";
    return [...names]
      .filter((name) => !section.includes(`| \`${name}\` |`))
      .map((name) => [t, name]);
  });
  expect(unknown).toEqual([]);
  const types = ["caughtUp", "error", "event", "pong", "presence"];
  const more = ["refreshed", "reply", "resync", "sent", "typing", "welcome"];
  expect([...seen.keys()].toSorted()).toEqual([...types, ...more]);
  await Promise.all([carol, dave, lost].map((one) => one.close()));
});
