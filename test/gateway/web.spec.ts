import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { routes } from "../../src/gateway/http/routes.ts";
import type { WebFolder } from "../../src/gateway/http/webfolder.ts";
import { folder } from "../support/folder.ts";

const ORIGIN = "https://chat.example";
let top: string;
let dir: string;
beforeEach(() => {
  top = folder();
  dir = join(top, "app");
  for (const name of ["assets", ".well-known", ".git", "docs"])
    mkdirSync(join(dir, name), { recursive: true });
  for (const [name, text] of Object.entries({
    "index.html": "the app",
    "docs/index.html": "the docs",
    "assets/index-DiwrgTda.js": "hashed",
    "assets/logo.png": "not hashed",
    "main-DiwrgTda.js": "elsewhere",
    ".env": "secret",
    ".git/config": "secret",
    ".well-known/apple-app-site-association": "known",
    "a b é.txt": "spaces",
    "../outside.txt": "secret",
  }))
    writeFileSync(join(dir, name), text);
});

/** Asks for a path as it stands: no client tidies it up. */
function ask(
  path: string,
  more: Partial<WebFolder> = {},
  init: RequestInit = {},
): Promise<Response> {
  const app = routes({
    gateway: { draining: false },
    health: () => ({ ready: true, checks: {}, degraded: [] }),
    origins: new Set([ORIGIN]),
    issue: () => Promise.resolve({ token: "t", expiresAt: 0 }),
    web: { dir, immutable: ["/assets/"], ...more },
  });
  const request = new Request("http://localhost/", init);
  Object.defineProperty(request, "url", { value: `http://localhost${path}` });
  return Promise.resolve(app.fetch(request));
}
const text = async (path: string, more: Partial<WebFolder> = {}): Promise<string> =>
  (await ask(path, more)).text();
const status = async (path: string, more: Partial<WebFolder> = {}): Promise<number> =>
  (await ask(path, more)).status;

describe("a folder of one's own", () => {
  test("is served, with an index per folder", async () => {
    expect(await text("/")).toBe("the app");
    expect(await text("/index.html?v=1")).toBe("the app");
    expect(await text("/docs")).toBe("the docs");
    expect(await text("/docs/")).toBe("the docs");
    expect(await text("/a%20b%20%C3%A9.txt")).toBe("spaces");
    expect(await text("/.well-known/apple-app-site-association")).toBe("known");
    expect((await ask("/assets/index-DiwrgTda.js")).headers.get("content-type")).toMatch(
      /^text\/javascript/,
    );
  });

  test.each([
    "/../outside.txt",
    "/..%2foutside.txt",
    "/%2e%2e/outside.txt",
    "/assets/../../outside.txt",
    "/..\\outside.txt",
    "/..%5coutside.txt",
    "//outside.txt",
    "/assets//logo.png",
    "/assets%2Flogo.png",
    "/.env",
    "/.git/config",
    "/assets/.well-known/x",
    "/index.html%00.png",
    "/%ff",
    "/%",
  ])("[D1] gives nothing for %s, with or without a fallback", async (path) => {
    expect(await status(path)).toBe(404);
    expect(await status(path, { fallback: "index.html" })).toBe(404);
  });

  test("[D1] gives nothing that a link has outside of it, and follows links within", async () => {
    symlinkSync(join(top, "outside.txt"), join(dir, "out.txt"));
    symlinkSync(top, join(dir, "up"));
    symlinkSync("loop", join(dir, "loop"));
    symlinkSync("nowhere", join(dir, "dangling"));
    symlinkSync("assets/logo.png", join(dir, "logo.png"));
    for (const path of ["/out.txt", "/up/outside.txt", "/up/app/index.html", "/loop", "/dangling"])
      expect([path, await status(path)]).toEqual([path, path.includes("app") ? 200 : 404]);
    expect(await text("/logo.png")).toBe("not hashed");
  });

  test("may be a link that is set to the next version", async () => {
    const current = join(top, "current");
    symlinkSync(dir, current);
    expect(await text("/", { dir: current })).toBe("the app");
    mkdirSync(join(top, "next"));
    writeFileSync(join(top, "next", "index.html"), "the next");
    symlinkSync(join(top, "next"), join(top, "new"));
    renameSync(join(top, "new"), current);
    expect(await text("/", { dir: current })).toBe("the next");
  });
});

describe("a fallback", () => {
  const fallback = { fallback: "index.html" };

  test("is served for the paths of pages", async () => {
    for (const path of ["/chats", "/chats/42", "/chats/42/", "/v10", "/assets/nothing"])
      expect([path, await text(path, fallback)]).toEqual([path, "the app"]);
    expect(await status("/chats")).toBe(404);
  });

  test("is not served for files that are missing, nor for paths of the server", async () => {
    for (const path of ["/assets/index-old.js", "/logo.png", "/chats/a.b", "/v1", "/v1/", "/v1/no"])
      expect([path, await status(path, fallback)]).toEqual([path, 404]);
    expect((await ask("/chats", fallback, { method: "POST" })).status).toBe(405);
    expect(await text("/livez", fallback)).toBe("ok");
    rmSync(join(dir, "index.html"));
    expect(await status("/chats", fallback)).toBe(404);
  });
});

describe("a browser's cache", () => {
  const hashed = "/assets/index-DiwrgTda.js";
  const known = (path: string, tag: string) => ask(path, {}, { headers: { "if-none-match": tag } });

  test("keeps what has a hash in its name, below the paths that say so, and asks again for the rest", async () => {
    const kept = async (path: string, more: Partial<WebFolder> = {}) =>
      (await ask(path, more)).headers.get("cache-control");
    expect(await kept(hashed)).toBe("public, max-age=31536000, immutable");
    for (const path of ["/", "/index.html", "/assets/logo.png", "/main-DiwrgTda.js"])
      expect([path, await kept(path)]).toEqual([path, "no-cache"]);
    expect(await kept("/main-DiwrgTda.js", { immutable: ["/"] })).toContain("immutable");
    expect(await kept(hashed, { immutable: [] })).toBe("no-cache");
    expect(await kept("/chats", { fallback: "index.html" })).toBe("no-cache");
  });

  test("is told 304 for the file as it is, and gets another one", async () => {
    const tag = (await ask("/")).headers.get("etag") ?? "";
    expect(tag).toMatch(/^W\/"[\w-]+"$/);
    for (const said of [tag, tag.slice(2), `"x", ${tag}`, "*"]) {
      const answer = await known("/", said);
      expect([said, answer.status, await answer.text()]).toEqual([said, 304, ""]);
      expect(answer.headers.get("etag")).toBe(tag);
      expect(answer.headers.get("content-security-policy")).toContain("default-src");
    }
    for (const said of ["", "x", '"x"', tag.slice(0, -2)])
      expect([said, (await known("/", said)).status]).toEqual([said, 200]);
    // As large as before, and of the same time by the clock that a build sets.
    writeFileSync(join(dir, "index.html"), "the bpp");
    utimesSync(join(dir, "index.html"), 0, 0);
    expect((await known("/", tag)).status).toBe(200);
  });

  test("gets one part of this version or all of it, and a HEAD without a body", async () => {
    const part = await ask(hashed, {}, { headers: { range: "bytes=1-3" } });
    expect([part.status, await part.text()]).toEqual([206, "ash"]);
    for (const [range = "", tag] of [["items=1-3"], ["bytes=0-1,3-4"], ["bytes=1-3", "x"]]) {
      const headers = { range, ...(tag !== undefined && { "if-range": tag }) };
      const whole = await ask(hashed, {}, { headers });
      expect([range, whole.status, await whole.text()]).toEqual([range, 200, "hashed"]);
    }
    const head = await ask("/", {}, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([
      200,
      "7",
      "",
    ]);
  });
});

describe("the policy of a page", () => {
  const csp = "default-src 'self' https://id.example";
  const policy = async (path: string, more: Partial<WebFolder> = {}) =>
    (await ask(path, more)).headers.get("content-security-policy");

  test("is the strict one, one's own, or none", async () => {
    expect(await policy("/")).toContain("require-trusted-types-for");
    expect(await policy("/", { csp })).toBe(csp);
    expect(await policy("/", { csp: "none" })).toBeNull();
  });

  test("is one's own for files only", async () => {
    for (const path of ["/v1/nothing", "/nothing.js", "/readyz"])
      expect(await policy(path, { csp: "none" })).toContain("default-src 'self'");
    expect((await ask("/")).headers.get("x-content-type-options")).toBe("nosniff");
  });
});

describe("a page of another origin", () => {
  const asking = (origin: string, init: RequestInit = {}) =>
    ask("/v1/token", {}, { method: "POST", body: '{"user":"ann"}', ...init, headers: { origin } });
  const preflight = (origin: string, method = "POST") =>
    ask(
      "/v1/token",
      {},
      {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": method },
      },
    );
  const cors = ({ headers }: Response) => [
    headers.get("access-control-allow-origin"),
    headers.get("vary"),
  ];

  test("may read its token, and its refusals, when it is allowed", async () => {
    const answer = await asking(ORIGIN);
    expect([answer.status, cors(answer)]).toEqual([200, [ORIGIN, "Origin"]]);
    const refused = await asking(ORIGIN, { body: "{}" });
    expect([refused.status, cors(refused)]).toEqual([400, [ORIGIN, "Origin"]]);
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });

  test("may ask first, when it is allowed", async () => {
    const answer = await preflight(ORIGIN);
    expect([answer.status, cors(answer)]).toEqual([204, [ORIGIN, "Origin"]]);
    expect(answer.headers.get("access-control-allow-methods")).toBe("POST");
    expect(answer.headers.get("access-control-allow-headers")).toBe("Content-Type");
    expect((await preflight(ORIGIN, "DELETE")).status).toBe(405);
  });

  test("is told nothing when it is not", async () => {
    for (const origin of ["https://evil.example", "null", `${ORIGIN}.evil.example`]) {
      const answer = await asking(origin);
      expect([answer.status, cors(answer)]).toEqual([403, [null, "Origin"]]);
      expect([(await preflight(origin)).status, cors(await preflight(origin))]).toEqual([
        405,
        [null, "Origin"],
      ]);
    }
  });
});

test("an id that is kept for hashes of claims is handed to nobody", async () => {
  const asked = (user: string) =>
    ask("/v1/token", {}, { method: "POST", body: JSON.stringify({ user }) });
  const refused = await asked(`u-${"x".repeat(22)}`);
  expect(await refused.json()).toMatchObject({ status: 400, code: "id.invalid", field: "user" });
  for (const user of ["u-ann", `u-${"x".repeat(21)}`, `u-${"x".repeat(23)}`])
    expect([user, (await asked(user)).status]).toEqual([user, 200]);
});
