import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { whyNot } from "../../src/client/connection/whynot.ts";
import { routes } from "../../src/gateway/http/routes.ts";

const servers: Server[] = [];
afterEach(() => {
  vi.unstubAllGlobals();
  for (const server of servers.splice(0)) server.close();
});

/** The URL of a WebSocket at a server that answers like that. */
async function serve(answer: (url: URL) => Response | Promise<Response>): Promise<string> {
  const server = createServer((request, response) => {
    void (async () => {
      const said = await answer(new URL(request.url ?? "", "http://127.0.0.1"));
      response.writeHead(said.status, Object.fromEntries(said.headers)).end(await said.text());
    })();
  });
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const posthorn = (draining = false) =>
  routes({
    gateway: { draining },
    origins: new Set(["https://app.example.org"]),
    health: () => ({ ready: true, checks: {}, degraded: [] }),
  });
const at = (origin: string): void => void vi.stubGlobal("location", { origin, href: `${origin}/` });

describe("a WebSocket that could not be opened", () => {
  test("has nobody there", async () => {
    const url = await serve(() => new Response());
    for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
    expect(await whyNot(`${url}/v1/ws`)).toBe("network.unreachable");
  });

  test.each([
    ["a page", () => new Response("<h1>It works!</h1>")],
    ["an error page", () => new Response("<h1>502</h1>", { status: 502 })],
    ["JSON", () => Response.json({ code: "origin.refused" }, { status: 403 })],
    ["null", () => Response.json(null)],
  ])("has another server there, which answers with %s", async (_, answer) => {
    expect(await whyNot(`${await serve(answer)}/v1/ws`)).toBe("server.unknown");
  });

  test("is told why by the server itself", async () => {
    const url = await serve((asked) => posthorn().request(asked.pathname + asked.search));
    at("https://app.example.org");
    expect(await whyNot(`${url}/v1/ws`)).toBe("upgrade.refused");
    expect(await whyNot(`${url}/v2/ws`)).toBe("http.not_found");
    expect(await whyNot(`${url}/v1/ws?Access_Token=x`)).toBe("auth.token_in_url");
    at("https://app.example.org.evil");
    expect(await whyNot(`${url}/v1/ws`)).toBe("origin.refused");
    const going = await serve((asked) => posthorn(true).request(asked.pathname + asked.search));
    at("https://app.example.org");
    expect(await whyNot(`${going}/v1/ws`)).toBe("draining");
  });

  test("is told so where a page of another site asks, too, and where it may not read the answer", async () => {
    for (const path of ["/v1/ws?origin=https%3A%2F%2Fevil.example", "/wrong", "/v1/ws"])
      expect((await posthorn().request(path)).headers.get("Access-Control-Allow-Origin")).toBe("*");
    // A browser complains of every other status.
    const asked = await posthorn().request("/v1/ws?origin=https%3A%2F%2Fevil.example");
    expect([asked.status, await asked.json()]).toMatchObject([
      200,
      { status: 403, code: "origin.refused" },
    ]);
    const requests: RequestInit[] = [];
    vi.stubGlobal("fetch", async (_: URL, request: RequestInit) => {
      requests.push(request);
      if (request.mode !== "no-cors") throw new TypeError("Failed to fetch");
      return new Response();
    });
    expect(await whyNot("wss://chat.example.org/v1/ws")).toBe("server.unknown");
    const signal = requests[0]?.signal;
    expect(signal).toBeInstanceOf(AbortSignal);
    // Neither is waited for longer than both may take.
    const request = { signal, cache: "no-store" };
    expect(requests).toEqual([request, { ...request, mode: "no-cors" }]);
  });
});
