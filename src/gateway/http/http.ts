import { createServer, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import type { RejectionCode } from "../../protocol/codes.ts";
import { rejectionOf } from "../../protocol/parse.ts";
import { UserId } from "../../events/ids.ts";
import { dismiss } from "./dismiss.ts";
import { problem } from "./problem.ts";
import { upgrade, WS_PATH, type Door } from "./upgrade.ts";

const BODY_BYTES_MAX = 16 * 1024;
/** Requests that Node cannot read, by the code of its error. */
const UNREADABLE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};
const TokenRequest = z.strictObject({ user: UserId });

/** What the page may do: everything from here, nothing inline. */
const PAGE_HEADERS = {
  "Content-Security-Policy":
    "default-src 'self'; connect-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
};

export interface HttpOptions extends Door {
  /** What has to be up before traffic may come, by name. */
  readonly checks: Readonly<Record<string, () => boolean>>;
  /** Hands out development identities; absent in production. */
  readonly issue?: ((user: string) => Promise<{ token: string; expiresAt: number }>) | undefined;
  /** Folder of the demo page; absent: none is served. */
  readonly web?: string | undefined;
}

type Status = 400 | 403 | 404 | 405 | 413 | 500 | 503;

const refuse = (c: Context, status: Status, code: RejectionCode, field?: string): Response =>
  c.body(JSON.stringify(problem(status, code, field)), status, {
    "Content-Type": "application/problem+json",
  });

/** The one port of a gateway: WebSocket at `/v1/ws`, and HTTP beside it. */
export function httpServer(options: HttpOptions): Server {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(PAGE_HEADERS)) c.header(name, value);
  });
  app.get("/livez", (c) => c.text("ok"));
  app.get("/readyz", (c) => {
    const checks = Object.entries(options.checks).map(([name, check]) => [name, check()] as const);
    const ready = checks.every(([, ok]) => ok) && !options.gateway.draining;
    return c.json({ ready, ...Object.fromEntries(checks) }, ready ? 200 : 503);
  });
  const limit = bodyLimit({
    maxSize: BODY_BYTES_MAX,
    onError: (c) => refuse(c, 413, "http.body_too_large"),
  });
  app.post("/v1/token", limit, (c) => token(c, options));
  app.get(WS_PATH, (c) => refuse(c, 400, "upgrade.refused"));
  for (const [path, allow] of [
    ["/livez", "GET"],
    ["/readyz", "GET"],
    ["/v1/token", "POST"],
    [WS_PATH, "GET"],
  ] as const) {
    app.all(path, (c) => {
      c.header("Allow", allow);
      return refuse(c, 405, "http.method_not_allowed");
    });
  }
  if (options.web !== undefined) app.get("*", serveStatic({ root: options.web }));
  app.notFound((c) => refuse(c, 404, "http.not_found"));
  app.onError((_error, c) => refuse(c, 500, "internal"));
  const listener = getRequestListener(app.fetch);
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      // Node looks for those that are too slow only every 30 s.
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => void listener(request, response),
  );
  server.maxHeadersCount = 100;
  server.on("upgrade", (request, tcp, head) => upgrade(options, request, tcp, head));
  server.on("clientError", turnAway);
  return server;
}

/** Answers what is no request. */
const turnAway = ({ code = "" }: NodeJS.ErrnoException, tcp: Duplex): void =>
  dismiss(tcp, `HTTP/1.1 ${UNREADABLE[code] ?? "400 Bad Request"}\r\nConnection: close\r\n\r\n`);

async function token(c: Context, options: HttpOptions): Promise<Response> {
  if (options.issue === undefined) return refuse(c, 403, "auth.disabled");
  const origin = c.req.header("origin");
  if (origin !== undefined && !options.origins.has(origin)) return refuse(c, 403, "origin.refused");
  let json: unknown;
  try {
    json = await c.req.json();
  } catch {
    return refuse(c, 400, "frame.malformed");
  }
  const request = TokenRequest.safeParse(json);
  if (request.success)
    return c.json(await options.issue(request.data.user), 200, { "Cache-Control": "no-store" });
  const { code, field } = rejectionOf(request.error.issues);
  return refuse(c, 400, code, field);
}
