import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ChatClient } from "../../src/client/client.ts";
import { startApp, type App } from "../support/app.ts";
import { startBrowser } from "../support/browser.ts";
import { device } from "../support/device.ts";
import { PATIENCE_MS } from "../support/patience.ts";

const TOP = join(import.meta.dirname, "../..");
/** The page of an app that embeds the client: what the spec does in it, it does by hand. */
const PAGE = `
  import { createChatClient } from "./src/client/client.ts";
  import { indexedDbStorage } from "./src/client/storage/indexeddb.ts";
  window.embedded = {
    begin(url, user, name) {
      const getToken = () => tokenOf(user);
      embedded.chat = createChatClient({ url, getToken, storage: indexedDbStorage(name) });
      embedded.chat.connect();
    },
  };
`;
/** The page's own: known there alone. */
declare const embedded: {
  begin(url: string, user: string, storage: string): void;
  readonly chat: ChatClient;
};

let app: App;
let browser: Browser;
const sites: Server[] = [];
/** Origins of pages: the server takes the first, and not the second. */
let origin = "";
let stranger = "";
let context: BrowserContext;
beforeAll(async () => {
  const stdin = { contents: PAGE, resolveDir: TOP };
  const bundling = await build({ stdin, bundle: true, format: "esm", write: false });
  const script = bundling.outputFiles[0]?.text ?? "";
  [origin, stranger] = [await serve(script), await serve(script)];
  [app, browser] = await Promise.all([startApp({ ALLOWED_ORIGINS: origin }), startBrowser()]);
});
afterEach(async () => {
  await context.close();
  await app.revive();
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  for (const site of sites) site.close();
});

/** Serves the page, and nothing else that is found. */
async function serve(script: string): Promise<string> {
  const site = createServer(({ url }, response) => {
    const found = url === "/";
    response.writeHead(found ? 200 : 404, { "content-type": "text/html" });
    response.end(found ? `<!doctype html><script type="module">${script}</script>` : "none");
  });
  sites.push(site);
  await once(site.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
}

/** A browser's profile, which its tabs share. */
async function profile(): Promise<BrowserContext> {
  context = await browser.newContext();
  context.setDefaultTimeout(PATIENCE_MS);
  await context.exposeFunction("tokenOf", (user: string) => app.token(user));
  return context;
}
async function tab(at = origin): Promise<Page> {
  const page = await context.newPage();
  await page.goto(at);
  return page;
}
const begin = (
  page: Page,
  user: string,
  { url = app.wsUrl, storage = "chat" }: { url?: string; storage?: string } = {},
): Promise<void> =>
  page.evaluate(([...all]) => embedded.begin(...all), [url, user, storage] as const);
const connection = (page: Page) => page.evaluate(() => embedded.chat.connection);
const send = (page: Page, peer: string, body: string): Promise<void> =>
  page.evaluate(([to, text]) => void embedded.chat.send(to, text), [peer, body] as const);
const shown = (page: Page, peer: string): Promise<string[]> =>
  page.evaluate((with_) => embedded.chat.messages(with_).items.map(({ body }) => body), peer);
const online = (page: Page): Promise<unknown> =>
  expect.poll(() => connection(page)).toMatchObject({ state: "online" });

/** All that the browser keeps of the origin's databases, as text. */
const kept = (page: Page, storage = "chat"): Promise<string> =>
  page.evaluate(async (name) => {
    const result = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.addEventListener("success", () => resolve(request.result));
        request.addEventListener("error", () => reject(request.error ?? new Error("unknown")));
      });
    const db = await result(indexedDB.open(name));
    const tables = [...db.objectStoreNames].map(async (one) => {
      const table = db.transaction(one).objectStore(one);
      return [await result(table.getAllKeys()), await result(table.getAll())];
    });
    const all = JSON.stringify(await Promise.all(tables));
    db.close();
    return all;
  }, storage);

describe("in a real browser with two tabs, a log-out", () => {
  test("[C4] empties the storage, ends the other tab, and has the next person send nothing of the one before", async () => {
    await profile();
    const allowed = { url: origin, wsUrl: app.wsUrl, token: app.token };
    const carol = await device(allowed, "carol");
    const [here, there] = [await tab(), await tab()];
    for (const page of [here, there]) await begin(page, "alice");
    await Promise.all([online(here), online(there)]);
    await send(here, "carol", "a secret");
    await carol.until(({ event }) => event?.body === "a secret");
    await expect.poll(() => shown(there, "carol")).toEqual(["a secret"]);
    // Neither tab can send any more, and each has something to send.
    await app.kill();
    for (const page of [here, there])
      await expect.poll(() => connection(page)).toMatchObject({ state: "waiting" });
    await send(here, "carol", "unsent here");
    await send(there, "carol", "unsent there");
    await expect
      .poll(() => kept(here))
      .toMatch(/unsent here.*unsent there|unsent there.*unsent here/);

    await here.evaluate(() => embedded.chat.close({ forget: true }));
    await expect.poll(() => connection(there)).toEqual({ state: "closed", reason: "login.ended" });
    for (const page of [here, there]) expect(await shown(page, "carol")).toEqual([]);
    expect(await kept(here)).not.toMatch(/secret|unsent|alice|carol/);

    await app.restart();
    for (const page of [here, there]) await begin(page, "bob");
    await Promise.all([online(here), online(there)]);
    await send(there, "carol", "bob's own");
    const again = await device(allowed, "carol");
    await again.until(({ event }) => event?.body === "bob's own");
    const told = again.frames.filter(({ event }) => event?.type === "MessageSent");
    expect(told.map(({ event }) => [event?.author, event?.body])).toEqual([
      ["alice", "a secret"],
      ["bob", "bob's own"],
    ]);
    expect(await kept(here)).not.toMatch(/secret|unsent|alice/);
    await again.close();
  });

  test("lets a tab log in that is opened behind it", async () => {
    await profile();
    const here = await tab();
    await begin(here, "dora");
    await online(here);
    await here.evaluate(() => embedded.chat.close({ forget: true }));
    const later = await tab();
    await begin(later, "dora");
    await online(later);
    await send(later, "carol", "back again");
    await expect.poll(() => kept(later)).toContain("back again");
  });
});

test("[C4] two apps on one origin, each with a storage of its own name, know nothing of each other's people", async () => {
  await profile();
  const [chat, shop] = [await tab(), await tab()];
  await begin(chat, "erin");
  await begin(shop, "frank", { storage: "shop" });
  await Promise.all([online(chat), online(shop)]);
  await send(chat, "carol", "of the chat");
  await send(shop, "carol", "of the shop");
  await expect.poll(() => kept(chat)).toContain("of the chat");
  await expect.poll(() => kept(shop, "shop")).toContain("of the shop");
  await chat.evaluate(() => embedded.chat.close({ forget: true }));
  await send(shop, "carol", "and goes on");
  await expect.poll(() => shown(shop, "carol")).toEqual(["of the shop", "and goes on"]);
  expect(await connection(shop)).toMatchObject({ state: "online" });
  expect(await kept(shop, "shop")).not.toMatch(/erin|of the chat/);
  expect(await kept(chat)).not.toMatch(/erin|of the chat/);
});

describe("in a real browser the reason why there is no connection", () => {
  test.each([
    ["the page's origin is not allowed", "origin.refused", () => [stranger, app.wsUrl]],
    ["the path is wrong", "http.not_found", () => [origin, `${app.wsUrl}x`]],
    [
      "another server answers",
      "server.unknown",
      () => [origin, `${stranger.replace("http", "ws")}/v1/ws`],
    ],
    ["nobody answers", "network.unreachable", () => [origin, "ws://127.0.0.1:1/v1/ws"]],
  ] as const)("[C6] where %s is %s", async (_, reason, where) => {
    await profile();
    const [from, url] = where() as [string, string];
    const page = await tab(from);
    await begin(page, "alice", { url });
    await expect.poll(() => connection(page)).toMatchObject({ state: "waiting", reason });
    await page.close();
  });
});
