import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Connections, HEADERS_MAX, type HttpLimits } from "./connections.ts";
import { routes, type RoutesOptions } from "./routes.ts";
import type { Door } from "./upgrade.ts";

/** Bytes of a request's target and of its headers' names and values, as Node counts them. */
const HEADER_BYTES_MAX = 16 * 1024;
/** Stands for the host that a request of HTTP/1.0 need not name: load balancers that only look are answered, too. */
const UNNAMED_HOST = "localhost";
/** Node looks for requests that are too slow only every 30 s. */
const SLOW_LOOK_MS = 1_000;

export interface HttpOptions extends Door, Omit<RoutesOptions, "gateway"> {
  readonly limits: HttpLimits;
}

/** The one port of a gateway: WebSocket at `/v1/ws`, and HTTP beside it. */
export function httpServer(options: HttpOptions): Server {
  const { limits } = options;
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: SLOW_LOOK_MS,
  });
  // One above ours: what is beyond must be seen to be refused.
  server.maxHeadersCount = HEADERS_MAX + 1;
  const listener = getRequestListener(routes(options).fetch, { hostname: UNNAMED_HOST });
  new Connections(options, limits, listener).guard(server);
  return server;
}
