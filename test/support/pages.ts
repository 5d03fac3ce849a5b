import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { startApp, type App } from "./app.ts";
import { openTab, startBrowser, type Tab } from "./browser.ts";

export const PHONE = { viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true };

/** The real server and a real browser for the tests of one file; no page may complain of anything. */
export function pages(env: Record<string, string> = {}) {
  let app: App;
  let browser: Browser;
  let tabs: Tab[] = [];
  let round = 0;
  beforeAll(async () => {
    [app, browser] = await Promise.all([startApp(env), startBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });
  afterEach(async () => {
    const complaints = tabs.flatMap((tab) => tab.complaints);
    await Promise.all(tabs.map((tab) => tab.page.context().close()));
    tabs = [];
    await app.revive();
    if (complaints.length > 0) throw new Error(`pages complained:\n${complaints.join("\n")}`);
  });
  return {
    app: (): App => app,
    /** Of this test alone, so that no test sees the chats of another. */
    names: (): [string, string] => [`alice-${++round}`, `bob-${round}`],
    /** The page of `user`, with the conversation with `peer` open. `before` runs in it first, at each load. */
    open: async (
      user: string,
      peer = "",
      { before, ...options }: BrowserContextOptions & { before?: () => void } = {},
    ): Promise<Tab> => {
      const tab = await openTab(browser, options);
      tabs.push(tab);
      if (before !== undefined) await tab.page.addInitScript(before);
      const answer = await tab.page.goto(`${app.url}/?as=${user}#${peer}`);
      if (answer?.status() !== 200) throw new Error(`no page there: ${answer?.status()}`);
      return tab;
    },
  };
}

export async function write(page: Page, ...texts: string[]): Promise<void> {
  const field = page.getByRole("textbox", { name: "Message to" });
  for (const text of texts) {
    await field.fill(text);
    await field.press("Enter");
  }
}
export const bubble = (page: Page, text: string): Locator =>
  page.locator(".bubble", { hasText: text });
export const line = (page: Page, peer: string): Locator => page.locator(".line", { hasText: peer });
export const presence = (page: Page): Locator => page.locator(".presence");
/** Waits until the own message shows this tick, as a screen reader would say it. */
export const seesTick = (page: Page, text: string, tick: string): Promise<void> =>
  bubble(page, text).getByRole("img", { name: tick, exact: true }).waitFor();
