import { STATUS_CODES, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { RejectionCode } from "../../protocol/codes.ts";
import { dismiss } from "./dismiss.ts";
import { admits } from "./origins.ts";
import { problem } from "./problem.ts";
import { plain, type Proxies } from "./proxies.ts";
import type { Gateway } from "../gateway.ts";

export const WS_PATH = "/v1/ws";
/** Names a token may go by in a URL, where it must not be. */
const TOKEN_PARAMS = new Set(["token", "access_token", "jwt", "authorization"]);
/** 16 bytes in base64 (RFC 6455, section 4.1). */
const KEY = /^[+/0-9A-Za-z]{22}==$/;
/** Only to read a request's target against. */
const HERE = "http://localhost";

export interface Door {
  readonly gateway: Gateway;
  /** Exact origins; `none` admits clients that send no Origin header. */
  readonly origins: ReadonlySet<string>;
  /** Proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: Proxies;
}

/** A WebSocket handshake that came. */
export interface Handshake {
  readonly request: IncomingMessage;
  readonly tcp: Socket;
  readonly head: Buffer;
  /** The client's address. */
  readonly address: string;
  /** Does the address hold all it may? */
  readonly full: boolean;
}

/**
 * Lets a WebSocket handshake in, or answers why not, before anything is upgraded. `leave`: called
 * when the connection becomes the gateway's.
 */
export function upgrade(door: Door, handshake: Handshake, leave: () => void): void {
  const { request, tcp, head, address } = handshake;
  const refusal = judge(door, handshake);
  if (refusal !== undefined) {
    const [status, code] = refusal;
    door.gateway.refused(address, code, status);
    return refuseUpgrade(tcp, ...refusal);
  }
  leave();
  door.gateway.accept(request, tcp, head, address);
}

type Refusal = readonly [status: number, code: RejectionCode];

function judge(door: Door, { request, address, full }: Handshake): Refusal | undefined {
  const malformed = shape(request);
  if (malformed !== undefined) return malformed;
  if (!admits(door.origins, request.headers.origin)) return [403, "origin.refused"];
  if (door.gateway.draining) return [503, "draining"];
  if (door.gateway.retreats) return [503, "unavailable"];
  return !full && door.gateway.admits(address) ? undefined : [429, "limit.sockets"];
}

/** The fault of the request itself. */
function shape({ url = "/", method, httpVersion, headers }: IncomingMessage): Refusal | undefined {
  // A target like `//` is no URL: reading it must not throw, or one request ends the process.
  if (!URL.canParse(url, HERE)) return [400, "upgrade.refused"];
  const { searchParams, pathname } = new URL(url, HERE);
  if (tokenNamed([...searchParams.keys()])) return [400, "auth.token_in_url"];
  if (pathname !== WS_PATH) return [404, "http.not_found"];
  if (method !== "GET" || httpVersion !== "1.1") return [400, "upgrade.refused"];
  if (headers["sec-websocket-version"] !== "13") return [426, "upgrade.refused"];
  return isHandshake(headers) ? undefined : [400, "upgrade.refused"];
}

/** A URL whose parameters have these names has a token in it. */
export const tokenNamed = (names: readonly string[]): boolean =>
  names.some((name) => TOKEN_PARAMS.has(name.toLowerCase()));

const isHandshake = (headers: IncomingHttpHeaders): boolean =>
  headers.upgrade?.toLowerCase() === "websocket" &&
  KEY.test(headers["sec-websocket-key"] ?? "") &&
  headers["sec-websocket-protocol"] === undefined;

/** Answers a handshake that is refused, and closes its connection. */
export function refuseUpgrade(tcp: Socket, status: number, code: RejectionCode): void {
  const body = JSON.stringify(problem(status, code));
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    ...(status === 429 || status === 503 ? ["Retry-After: 1"] : []),
    ...(status === 426 ? ["Sec-WebSocket-Version: 13", "Upgrade: websocket"] : []),
  ];
  dismiss(tcp, `${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** The address at the other end of a connection, in the form in which addresses are compared; empty: it has ended. */
export const remoteOf = (tcp: Socket): string => plain(tcp.remoteAddress ?? "") ?? "";

/** The client's address: the peer's, or what a trusted proxy says it is. */
export function addressOf(request: IncomingMessage, trusted: Proxies): string {
  const header = request.headers["x-forwarded-for"] ?? "";
  return trusted.client(remoteOf(request.socket), String(header));
}
