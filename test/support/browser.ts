import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { PATIENCE_MS } from "./patience.ts";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Debian's Chromium with a profile of its own, which is gone afterwards. */
export function startBrowser(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? PLACES.find((place) => existsSync(place));
  if (executablePath === undefined)
    throw new Error("no Chromium here: apt-get install chromium, or name one in CHROMIUM");
  return chromium.launch({ executablePath, args: ARGS });
}

/** One person's browser. */
export interface Tab {
  readonly page: Page;
  /** Errors of the console, of scripts and of the content security policy. */
  readonly complaints: string[];
  /** While false, no new socket reaches the server, and those that did are cut. */
  readonly reachable: (yes: boolean) => Promise<void>;
}

export async function openTab(browser: Browser, options: BrowserContextOptions): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 760 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  const cuts = new Set<() => Promise<void>>();
  let open = true;
  await page.routeWebSocket(/\/v1\/ws$/, (socket) => {
    if (!open) return void socket.close();
    socket.connectToServer();
    cuts.add(() => socket.close());
  });
  page.on("console", (line) => {
    if (line.type() === "error") complaints.push(line.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  // Also what only a report tells: a violation that was not worth an error.
  await page.addInitScript(() =>
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      reportError(new Error(`csp: ${violatedDirective} ${blockedURI}`)),
    ),
  );
  return {
    page,
    complaints,
    reachable: async (yes) => {
      open = yes;
      if (!yes) await Promise.all([...cuts].map((cut) => cut()));
      cuts.clear();
    },
  };
}
