import { once } from "node:events";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { siege } from "../../support/siege.ts";
import { handshake, knock, wire } from "../../support/wire.ts";
import { stopwatch } from "../../support/stopwatch.ts";

const WEB_DIR = join(import.meta.dirname, "../../../web");
const BODY_BYTES_MAX = 16 * 1024;
const { attack } = siege({ WEB_DIR, SENDS_PER_SECOND: "500" });

/** The answer must be a problem of this kind, and say no more than that. */
async function problem(response: Response, status: number, code: string): Promise<void> {
  expect([response.url, response.status]).toEqual([response.url, status]);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  const body = (await response.json()) as object;
  expect(body).toMatchObject({ status, code, type: `urn:posthorn:${code}` });
  expect(
    Object.keys(body).filter((key) => !/^(type|title|status|code|field|detail)$/.test(key)),
  ).toEqual([]);
}

describe("a request", () => {
  attack("for a path that is not there is answered 404", async ({ url }) => {
    for (const path of [
      "/nope",
      "/v1",
      "/v1/",
      "/v1/token/x",
      "/livez/",
      "/V1/WS",
      "/%00",
      "/a%2fb",
    ])
      await problem(await fetch(url + path, { method: "GET" }), 404, "http.not_found");
    await problem(await fetch(`${url}/nope`, { method: "POST", body: "x" }), 404, "http.not_found");
  });

  attack("for what lies outside the page's folder finds nothing", async (app) => {
    for (const target of [
      "/../package.json",
      "/%2e%2e/package.json",
      "/..%2fpackage.json",
      "/%2e%2e%2fpackage.json",
      "/..%5cpackage.json",
      "/....//package.json",
      "//etc/passwd",
      "/%252e%252e/package.json",
    ]) {
      const request = `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
      const { status, text } = await knock(app, request);
      expect([target, status >= 400 && status < 500]).toEqual([target, true]);
      expect(text).not.toMatch(/"dependencies"|root:/);
    }
  });

  attack(
    "by a method that a path does not have is answered 405, and which it has",
    async ({ url }) => {
      const read = "GET, HEAD";
      const paths = {
        "/livez": read,
        "/readyz": read,
        "/v1/token": "POST",
        "/v1/ws": read,
        "/": read,
        "/index.html": read,
        "/main.tsx": read,
      };
      for (const [path, allow] of Object.entries(paths))
        for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
          if (allow.includes(method)) continue;
          const response = await fetch(url + path, { method });
          expect([path, method, response.headers.get("allow")]).toEqual([path, method, allow]);
          await problem(response, 405, "http.method_not_allowed");
        }
    },
  );

  attack("by TRACE or HEAD is answered as by any other method", async (app) => {
    for (const path of ["/", "/livez", "/v1/token", "/v1/ws"]) {
      const traced = `TRACE ${path} HTTP/1.1\r\nHost: x\r\nCookie: secret\r\n\r\n`;
      const { status, text } = await knock(app, traced);
      expect([path, status, /^allow: (.*)\r$/im.exec(text)?.[1]]).toEqual([
        path,
        405,
        path === "/v1/token" ? "POST" : "GET, HEAD",
      ]);
      expect(text).not.toContain("secret");
    }
    for (const [path, status] of [
      ["/", 200],
      ["/readyz", 200],
      ["/nope", 404],
      ["/v1/token", 405],
      ["/v1/ws", 400],
    ] as const) {
      const head = await fetch(app.url + path, { method: "HEAD" });
      expect([path, head.status, await head.text()]).toEqual([path, status, ""]);
    }
  });

  attack("of HTTP/1.0 that names no host, as a load balancer's look, is answered", async (app) => {
    for (const [path, status] of [
      ["/readyz", 200],
      ["/livez", 200],
      ["/nope", 404],
    ] as const) {
      const { tcp, reply } = wire(app);
      tcp.write(`GET ${path} HTTP/1.0\r\n\r\n`);
      expect(String(await reply())).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    }
  });

  attack("by a method nobody knows, or none, is answered and forgotten", async (app) => {
    for (const line of ["BREW / HTTP/1.1", "TRACE / HTTP/1.1", "get / HTTP/1.1", "\0\0\0\0"]) {
      const { tcp, reply } = wire(app);
      tcp.write(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect([line, String(await reply())]).toEqual([line, expect.not.stringContaining(" 200 ")]);
    }
    const { tcp, reply } = wire(app);
    tcp.write("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n");
    expect(String(await reply())).not.toContain(" 200 ");
  });

  attack("that says its length twice, or two ways, is not read twice", async (app) => {
    const smuggled = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
    for (const lengths of [
      "Content-Length: 0\r\nContent-Length: 30",
      "Content-Length: 5\r\nTransfer-Encoding: chunked",
      "Transfer-Encoding: xchunked",
      "Content-Length: -1",
    ]) {
      const { tcp, reply } = wire(app);
      tcp.write(`POST /v1/token HTTP/1.1\r\nHost: x\r\n${lengths}\r\n\r\n0\r\n\r\n${smuggled}`);
      expect([lengths, String(await reply())]).toEqual([
        lengths,
        expect.stringMatching(/^HTTP\/1.1 400/),
      ]);
    }
  });

  attack("to upgrade without saying to what is refused", async (app) => {
    await problem(await fetch(`${app.url}/v1/ws`), 400, "upgrade.refused");
  });
});

attack(
  "[D6] a request that offers another protocol than WebSocket is answered as if it did not",
  async (app) => {
    const offering = (line: string, more: Record<string, string | undefined> = {}) => {
      const none = { "Sec-WebSocket-Key": undefined, "Sec-WebSocket-Version": undefined };
      return knock(app, handshake(app, { ...none, Upgrade: "h2c", ...more }, line));
    };
    const closing = { Connection: "Upgrade, HTTP2-Settings, close", "HTTP2-Settings": "AAMAAABk" };
    expect(await offering("GET /livez HTTP/1.1", closing)).toMatchObject({ status: 200 });
    expect(await offering("GET /v1/ws HTTP/1.1", closing)).toMatchObject({ status: 400 });
    const elsewhere = await offering("GET /livez HTTP/1.1", { Upgrade: "websocket" });
    expect(elsewhere.status).toBe(404);
  },
);

describe("a request for a token", () => {
  const post = (url: string, body: BodyInit, headers: Record<string, string> = {}) =>
    fetch(`${url}/v1/token`, { method: "POST", body, headers, duplex: "half" } as RequestInit);

  attack("of one byte too many is answered 413, also in pieces", async ({ url }) => {
    const padded = (bytes: number): string => '{"user":"mallory"}'.padEnd(bytes, " ");
    expect((await post(url, padded(BODY_BYTES_MAX))).status).toBe(200);
    await problem(await post(url, padded(BODY_BYTES_MAX + 1)), 413, "http.body_too_large");
    await problem(await post(url, padded(10_000_000)), 413, "http.body_too_large");
    const pieces = new Blob([padded(BODY_BYTES_MAX + 1)]).stream();
    await problem(await post(url, pieces), 413, "http.body_too_large");
  });

  attack(
    "that breaks a rule is told which, as a frame is, and never its own words",
    async ({ url }) => {
      const rows: [string, string][] = [
        ["", "frame.malformed"],
        ["nonsense", "frame.malformed"],
        ['\ufeff{"user":"mallory"}', "frame.malformed"],
        ["[".repeat(10_000), "frame.too_deep"],
        ["null", "frame.malformed"],
        ["[]", "frame.malformed"],
        ['"ann"', "frame.malformed"],
        ["{}", "frame.invalid"],
        ['{"user":7}', "frame.invalid"],
        ['{"user":"*"}', "id.invalid"],
        ['{"user":"ann","admin":true}', "frame.unknown_field"],
        ['{"user":"ann","__proto__":{"admin":true}}', "frame.unknown_field"],
      ];
      for (const [body, code] of rows) await problem(await post(url, body), 400, code);
    },
  );

  attack("from another origin's page is refused", async ({ url }) => {
    const ann = '{"user":"ann"}';
    for (const origin of ["https://evil.example", "null", `${url}.evil.example`, `${url}/`])
      await problem(await post(url, ann, { origin }), 403, "origin.refused");
    const own = await post(url, ann, { origin: url });
    expect(own.headers.get("access-control-allow-origin")).toBe(url);
    expect(own.headers.get("vary")).toBe("Origin");
    expect(own.headers.get("cache-control")).toBe("no-store");
  });
});

attack("200 requests that never end do not keep others waiting", async (app) => {
  const slow = Array.from({ length: 200 }, () => wire(app).tcp);
  await Promise.all(slow.map((tcp) => once(tcp, "connect")));
  for (const [i, tcp] of slow.entries())
    tcp.write(
      i % 2 === 0
        ? handshake(app).slice(0, -2)
        : "POST /v1/token HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{",
    );
  const took = stopwatch();
  expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
  expect(took()).toBeLessThan(1_000);
  for (const tcp of slow) tcp.destroy();
});
