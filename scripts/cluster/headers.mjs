/** Headers of one connection, which go no further, unless it becomes a WebSocket; and those in which a client could say another's address. */
const OF_ONE_HOP = new Set(["connection", "keep-alive", "proxy-connection"]);
/** Headers of an offer of another protocol, which goes no further if that is no WebSocket. */
const OF_OFFERS = new Set(["upgrade", "http2-settings"]);
const OF_ADDRESSES = new Set(["x-forwarded-for"]);

/** @param {readonly string[]} raw @param {(name: string) => boolean} goes */
const kept = (raw, goes) => raw.filter((_, i) => goes((raw[i - (i % 2)] ?? "").toLowerCase()));

/** Is it to become a WebSocket? @param {import("node:http").IncomingMessage} request */
export const isWebSocket = ({ headers }) => headers.upgrade?.toLowerCase() === "websocket";

/** The headers of a request as they go on to a gateway, names and values in turn: with the address that has connected, and nothing that the client says of it. @param {import("node:http").IncomingMessage} request */
export function onward(request) {
  const stays = isWebSocket(request);
  const goes = (/** @type {string} */ name) =>
    !OF_ADDRESSES.has(name) && (stays || !(OF_ONE_HOP.has(name) || OF_OFFERS.has(name)));
  return [...kept(request.rawHeaders, goes), "X-Forwarded-For", request.socket.remoteAddress ?? ""];
}

/** The headers of a gateway's answer as they go back to the client. @param {import("node:http").IncomingMessage} answer */
export const returned = ({ rawHeaders }) => kept(rawHeaders, (name) => !OF_ONE_HOP.has(name));
