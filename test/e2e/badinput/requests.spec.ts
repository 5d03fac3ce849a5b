import { describe, expect } from "vitest";
import { siege } from "../../support/siege.ts";
import { handshake, knock, wire } from "../../support/wire.ts";

const { attack } = siege({ HTTP_HEADERS_MS: "1500", HTTP_REQUEST_MS: "2500" });

const get = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const statusOf = (answer: Buffer): string => /^HTTP\/1\.1 (\d{3})/.exec(String(answer))?.[1] ?? "";

describe("[D6] a request that never ends", () => {
  attack("is cut off at every path, its header or its body", async (app) => {
    const begun = ["/livez", "/readyz", "/v1/token", "/v1/ws", "/", "/small.js", "/nope"].flatMap(
      (path) => [
        `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Slow: `,
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{`,
        `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`,
      ],
    );
    const slow = begun.map((bytes) => {
      const { tcp, reply } = wire(app);
      tcp.write(bytes);
      const dripping = setInterval(() => tcp.write("1"), 100);
      tcp.once("close", () => clearInterval(dripping));
      return reply();
    });
    for (const [i, heard] of (await Promise.all(slow)).entries()) {
      expect([begun[i], statusOf(heard)]).toEqual([begun[i], expect.stringMatching(/^40[0458]$/)]);
    }
  });

  attack("is cut off when it has not even begun", async (app) => {
    expect(String(await wire(app).reply())).toContain("HTTP/1.1 408");
  });

  attack("is cut off at /v1/token with 408, also when nothing more comes", async (app) => {
    const { tcp, reply } = wire(app);
    tcp.write("POST /v1/token HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{");
    expect(statusOf(await reply())).toBe("408");
  });
});

describe("a request's header", () => {
  const lines = (count: number): string =>
    Array.from({ length: count }, (_, i) => `X-${i}: 1\r\n`).join("");

  attack("has at most 100 lines, with an upgrade or without", async (app) => {
    expect((await knock(app, get("/livez", lines(99)))).status).toBe(200);
    for (const count of [100, 150, 1_500])
      expect((await knock(app, get("/livez", lines(count)))).status).toBe(431);
    const more = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`X-${i}`, "1"]));
    expect((await knock(app, handshake(app, more))).status).toBe(431);
    // The last line counts as the first does.
    const origin = { Origin: undefined, ...more, origin: "https://evil.example" };
    expect((await knock(app, handshake(app, origin))).status).toBe(431);
  });

  attack("names one host", async (app) => {
    expect((await knock(app, get("/livez", "HOST: y\r\n"))).status).toBe(400);
    expect((await knock(app, handshake(app, { host: "y" }))).status).toBe(400);
  });

  attack("and its target have 16 KiB together, without what separates them", async (app) => {
    const fits = 16 * 1024 - "/livez?".length - "Hostx".length - "Connectionclose".length;
    const close = "Connection: close\r\n";
    expect((await knock(app, get(`/livez?${"x".repeat(fits - 1)}`, close))).status).toBe(200);
    for (const bytes of [16 * 1024, 100_000])
      expect((await knock(app, get(`/livez?${"x".repeat(bytes)}`))).status).toBe(431);
    expect((await knock(app, get("/livez", `X: ${"x".repeat(16 * 1024)}\r\n`))).status).toBe(431);
  });
});
