import { createServer, type Server, type ServerOptions } from "node:http";
import { createServer as createEncrypted } from "node:https";
import { getRequestListener } from "@hono/node-server";
import { Connections, type HttpLimits } from "./connections.ts";
import { ONLY_WEBSOCKET } from "./plainly.ts";
import { routes, type RoutesOptions } from "./routes.ts";
import { HEADERS_MAX } from "./unfit.ts";
import type { Door } from "./upgrade.ts";

/** Bytes of a request's target and of its headers' names and values, as Node counts them. */
const HEADER_BYTES_MAX = 16 * 1024;
/** Stands for the host that a request of HTTP/1.0 need not name: load balancers that only look are answered, too. */
const UNNAMED_HOST = "localhost";
/** Node looks for requests that are too slow only every 30 s. */
const SLOW_LOOK_MS = 1_000;

/** A certificate with its key, in PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** The certificate that a server shows, which may change while it runs. */
export interface ServedCertificate {
  readonly pair: CertificatePair;
  /** Calls back with each that takes its place. */
  onChange(listener: (pair: CertificatePair) => void): void;
}

export interface HttpOptions extends Door, Omit<RoutesOptions, "gateway"> {
  readonly limits: HttpLimits;
  /** Given, the port speaks HTTPS alone. */
  readonly certificate?: ServedCertificate | undefined;
}

/** A server of HTTPS. Hands that are not shaken in the time that a header may take are let go. */
function encrypted(bounds: ServerOptions, certificate: ServedCertificate): Server {
  const handshakeTimeout = bounds.headersTimeout;
  const server = createEncrypted({ ...bounds, ...certificate.pair, handshakeTimeout });
  certificate.onChange((pair) => server.setSecureContext(pair));
  return server;
}

/** The one port of a gateway: WebSocket at `/v1/ws`, and HTTP beside it. */
export function httpServer(options: HttpOptions): Server {
  const { limits, certificate } = options;
  const bounds = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: SLOW_LOOK_MS,
    ...ONLY_WEBSOCKET,
  };
  const server = certificate === undefined ? createServer(bounds) : encrypted(bounds, certificate);
  // One above ours: what is beyond must be seen to be refused.
  server.maxHeadersCount = HEADERS_MAX + 1;
  const listener = getRequestListener(routes(options).fetch, { hostname: UNNAMED_HOST });
  new Connections(options, limits, listener).guard(server);
  return server;
}
