import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../scripts/dev/port.mjs";
import { startApp, type App } from "../support/app.ts";
import { openTab, startBrowser, type Tab } from "../support/browser.ts";
import { chat } from "../support/chat.ts";
import { embed, type Embedder } from "../support/embedder.ts";
import { PATIENCE } from "../support/patience.ts";

const TOP = join(import.meta.dirname, "../..");
const run = promisify(execFile);
const bin = (name: string): string => join(TOP, "node_modules", name);

/** The packages of the example besides posthorn. */
const PACKAGES = ["react", "react-dom", "scheduler", "csstype", "@types/react", "@types/react-dom"];

/** Limits that let one person fill a long chat. */
const QUICK = { SENDS_PER_SECOND: "2000", SENDS_BURST: "2000", FRAMES_PER_SECOND: "2000" };
/** More messages than a client keeps by itself. */
const LONG = 330;

let app: App;
let browser: Browser;
let embedder: Embedder;
let preview: ChildProcess;
let url = "";
const tabs: Tab[] = [];
beforeAll(async () => {
  const example = join(TOP, "examples/vite-react");
  [app, browser, embedder] = await Promise.all([startApp(QUICK), startBrowser(), embed(example)]);
  embedder.lay(PACKAGES);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const vite = join(bin("vite"), "bin/vite.js");
  await run(process.execPath, [vite, "build", "--logLevel", "warn"], { cwd: embedder.project });
  const args = [vite, "preview", "--host", "127.0.0.1", "--port", `${port}`, "--strictPort"];
  preview = spawn(process.execPath, args, {
    cwd: embedder.project,
    env: { PATH: process.env["PATH"], POSTHORN: app.url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (preview.stdout) await once(preview.stdout, "data");
});
afterAll(async () => {
  preview?.kill();
  await browser?.close();
  await app?.stop();
  embedder?.remove();
});

async function open(user: string): Promise<Page> {
  const tab = await openTab(browser, {});
  tabs.push(tab);
  await tab.page.goto(`${url}/?as=${user}`);
  return tab.page;
}
const writeTo = async (page: Page, peer: string): Promise<void> => {
  await page.getByLabel("Write to").fill(peer);
  await page.getByLabel("Write to").press("Enter");
};
const say = async (page: Page, peer: string, text: string): Promise<void> => {
  await page.getByLabel(`Message to ${peer}`).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
};
const line = (page: Page, peer: string) => page.locator(".line", { hasText: peer });
const bubble = (page: Page, text: string) => page.locator(".bubble", { hasText: text });
const sees = (page: Page, text: string, tick: string): Promise<void> =>
  bubble(page, text).getByRole("img", { name: tick, exact: true }).waitFor();

describe("the React example, made of the package alone", () => {
  test("compiles as strictly as its tsconfig says, and so does the guide", async () => {
    const { project } = embedder;
    const guide = readFileSync(join(TOP, "docs/client.md"), "utf8");
    mkdirSync(join(project, "src/guide"));
    for (const file of ["session.ts", "main.tsx"]) {
      const code = new RegExp(`\`src/${file}\`:\\n\\n\`\`\`tsx?\\n([^]*?)\`\`\``).exec(guide)?.[1];
      expect(code).toContain("posthorn/");
      writeFileSync(join(project, "src/guide", file), code ?? "");
    }
    const said = await run(bin(".bin/tsc"), ["-p", project]).then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );
    expect(said).toBe("");
  });

  test("lets two people talk, with ticks, typing, presence and unread", async () => {
    const [alice, bob] = [await open("alice"), await open("bob")];
    await writeTo(alice, "bob");
    await say(alice, "bob", "Good morning!");
    await sees(alice, "Good morning!", "delivered");
    await line(bob, "alice").locator(".badge", { hasText: "1" }).waitFor();
    await line(bob, "alice").click();
    await sees(alice, "Good morning!", "read");
    await bob.getByText("Unread from here").waitFor();
    await line(bob, "alice").locator(".badge").waitFor({ state: "detached" });

    await bob.getByLabel("Message to alice").pressSequentially("Good mor");
    await alice.locator(".presence", { hasText: "typing…" }).waitFor();
    await say(bob, "alice", "Good morning to you");
    await sees(bob, "to you", "read");
    await alice.locator(".presence", { hasText: "online" }).waitFor();
    await line(alice, "bob").getByText("Good morning to you").waitFor();
  });

  test("shows what waits, and what is refused, and goes on when the network is back", async () => {
    const carol = await open("carol");
    await writeTo(carol, "bob");
    await say(carol, "bob", "x".repeat(16_385));
    await carol.getByRole("alert").waitFor();
    await tabs.at(-1)?.reachable(false);
    await carol.getByText("Waiting for connection").waitFor();
    await say(carol, "bob", "are you there?");
    await sees(carol, "are you there?", "pending");
    await tabs.at(-1)?.reachable(true);
    await sees(carol, "are you there?", "delivered");
  });

  test("reads back through a long chat without losing its place, and jumps to the end", async () => {
    const filler = chat(app.url, "dora");
    for (let n = 1; n <= LONG; n++) filler.send("erin", `line ${n}.`);
    const isStored = (): boolean =>
      filler.messages("erin").items.every(({ status }) => status !== "pending");
    await expect.poll(isStored, PATIENCE).toBe(true);
    await filler.close();
    const erin = await open("erin");
    await line(erin, "dora").click();
    await bubble(erin, `line ${LONG}.`).waitFor();
    const inView = (text: string) =>
      bubble(erin, text).evaluate((it) => {
        const box = it.closest("ol")!.getBoundingClientRect();
        const { top, bottom } = it.getBoundingClientRect();
        return top >= box.top - 1 && bottom <= box.bottom + 1;
      });
    await expect.poll(() => inView(`line ${LONG}.`)).toBe(true);
    // Each time the first one is reached, the ones before it come, and it stays in view.
    const first = () => erin.locator(".bubble .body").first();
    for (
      let text = await first().innerText();
      text !== "line 1.";
      text = await first().innerText()
    ) {
      await first().scrollIntoViewIfNeeded();
      await expect.poll(() => first().innerText()).not.toBe(text);
      await expect.poll(() => inView(text)).toBe(true);
    }
    const away = chat(app.url, "dora");
    away.send("erin", "one more");
    await bubble(erin, "one more").waitFor();
    expect(await inView("one more")).toBe(false);
    await say(erin, "dora", "read it all");
    await expect.poll(() => inView("read it all")).toBe(true);
    await away.close();
  });

  test("complains of nothing meanwhile", () => {
    const noise = /WebSocket connection to|Failed to load resource/;
    expect(
      tabs.flatMap(({ complaints }) => complaints).filter((each) => !noise.test(each)),
    ).toEqual([]);
  });
});
