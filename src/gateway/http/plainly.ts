import type { IncomingMessage, Server, ServerOptions } from "node:http";
import { Server as EncryptedServer } from "node:https";
import type { Socket } from "node:net";

/** Headers that are about an upgrade, by their lower-case names. */
const OF_UPGRADES = new Set(["upgrade", "http2-settings"]);

/**
 * Does the request offer protocols of which none is WebSocket, as `curl --http2` and Java's client do with each plain request (`h2c`)?
 * A server may go on as if it had not been asked (RFC 9110, section 7.8).
 */
export const offersElse = ({ headers: { upgrade = "" } }: IncomingMessage): boolean =>
  !upgrade
    .toLowerCase()
    .split(",")
    .some((each) => each.trim() === "websocket");

/**
 * Settings of a server under which Node itself passes such offers over. 24.9 and later ask; from 26 on they must, since a request that
 * offers something keeps its body there, and cannot be read once more.
 */
export const ONLY_WEBSOCKET: ServerOptions & {
  shouldUpgradeCallback(request: IncomingMessage): boolean;
} = { shouldUpgradeCallback: (request) => !offersElse(request) };

/**
 * Has the server read the request once more without its offer: Node before 24.9 lets go of a connection whose request has one, whatever it is.
 * `head`: the bytes behind the headers that have come already.
 */
export function readPlainly(server: Server, request: IncomingMessage, head: Buffer): void {
  const tcp: Socket = request.socket;
  tcp.unshift(Buffer.concat([Buffer.from(headOf(request), "latin1"), head]));
  server.emit(server instanceof EncryptedServer ? "secureConnection" : "connection", tcp);
}

/** A request's line and headers, but for those that are about an upgrade. */
export function headOf({
  method = "GET",
  url = "/",
  httpVersion,
  rawHeaders,
}: Pick<IncomingMessage, "method" | "url" | "httpVersion" | "rawHeaders">): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = "", value = ""] = rawHeaders.slice(i, i + 2);
    const lower = name.toLowerCase();
    if (OF_UPGRADES.has(lower)) continue;
    const rest = lower === "connection" ? withoutOffer(value) : value;
    if (rest !== "" || lower !== "connection") lines.push(`${name}: ${rest}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

const withoutOffer = (connection: string): string =>
  connection
    .split(",")
    .map((each) => each.trim())
    .filter((each) => !OF_UPGRADES.has(each.toLowerCase()))
    .join(", ");
