import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../scripts/dev/port.mjs";
import { startApp, type App } from "../support/app.ts";
import { openTab, startBrowser } from "../support/browser.ts";
import { PATIENCE } from "../support/patience.ts";

const TOP = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(process.env["POSTHORN_TEST_DIR"] ?? tmpdir(), "plain-html-"));

let app: App;
let browser: Browser;
let site: ChildProcess;
let origin: string;
beforeAll(async () => {
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  [app, browser] = await Promise.all([
    startApp({ ALLOWED_ORIGINS: `${origin},none` }),
    startBrowser(),
  ]);
  // As npm would lay it out, and `npm run bundle` do it.
  cpSync(join(TOP, "examples/plain-html"), folder, { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(TOP, join(folder, "node_modules/posthorn"));
  await build({
    entryPoints: [join(folder, "all.mjs")],
    bundle: true,
    minify: true,
    format: "esm",
    outfile: join(folder, "posthorn.js"),
  });
  const env = { PATH: process.env["PATH"], PORT: `${port}`, POSTHORN: app.url };
  site = spawn(process.execPath, ["serve.mjs"], { cwd: folder, env });
  // It says where it is when it listens.
  await once(site.stdout ?? site, "data");
});
afterAll(async () => {
  site?.kill("SIGKILL");
  await browser?.close();
  await app?.stop();
  rmSync(folder, { recursive: true });
});

const say = async (page: Page, text: string): Promise<void> => {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
};
/** A message that the page before was about to store, or held the lock of, may be taken over half a minute later. */
const sees = (page: Page, ...texts: string[]): Promise<void> =>
  texts
    .reduce((line, hasText) => line.filter({ hasText }), page.getByRole("listitem"))
    .waitFor(PATIENCE);

test("[W5] two people chat on the page of one file, from an origin of its own", async () => {
  const [a, b] = [await openTab(browser, {}), await openTab(browser, {})];
  await a.page.goto(`${origin}/?me=alice&to=bob`);
  await b.page.goto(`${origin}/?me=bob&to=alice`);
  await say(a.page, "Is this HTML: <b>no</b>?");
  await sees(b.page, "Is this HTML: <b>no</b>?");
  await sees(a.page, "Is this HTML", "read");
  await say(b.page, "It is text.");
  await sees(a.page, "It is text.");

  await a.reachable(false);
  await say(a.page, "Written without a network.");
  await sees(a.page, "Written without a network.", "…");
  // The page shows a message before it has stored it.
  await a.page.waitForFunction(isStored);
  await a.page.reload();
  await sees(a.page, "Written without a network.", "…");
  await a.reachable(true);
  await sees(b.page, "Written without a network.");
  await sees(a.page, "Written without a network.", "read");

  await say(a.page, "x".repeat(16_385));
  await a.page.getByRole("status").filter({ hasText: "message.too_large" }).waitFor();
  expect([a.complaints, b.complaints]).toEqual([[], []]);
});

/** Is something in the outbox that the page of alice keeps? Runs in the page. */
const isStored = (): Promise<boolean> =>
  new Promise((resolve) => {
    const opening = indexedDB.open("plain-html-alice");
    opening.onsuccess = () => {
      const table = opening.result.transaction("outbox").objectStore("outbox");
      // One key is the generation of the table.
      const counting = table.count();
      counting.onsuccess = () => {
        opening.result.close();
        resolve(counting.result > 1);
      };
    };
  });
