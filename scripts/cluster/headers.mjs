/** Headers of one connection, which go no further, unless it becomes a WebSocket; and those in which a client could say another's address. */
const OF_ONE_HOP = new Set(["connection", "keep-alive", "proxy-connection"]);
const OF_ADDRESSES = new Set(["x-forwarded-for"]);

/** @param {readonly string[]} raw @param {(name: string) => boolean} goes */
const kept = (raw, goes) => raw.filter((_, i) => goes((raw[i - (i % 2)] ?? "").toLowerCase()));

/** The headers of a request as they go on to a gateway, names and values in turn: with the address that has connected, and nothing that the client says of it. @param {import("node:http").IncomingMessage} request */
export function onward({ rawHeaders, headers, socket }) {
  const isUpgrade = headers.upgrade !== undefined;
  const goes = (/** @type {string} */ name) =>
    !OF_ADDRESSES.has(name) && (isUpgrade || !OF_ONE_HOP.has(name));
  return [...kept(rawHeaders, goes), "X-Forwarded-For", socket.remoteAddress ?? ""];
}

/** The headers of a gateway's answer as they go back to the client. @param {import("node:http").IncomingMessage} answer */
export const returned = ({ rawHeaders }) => kept(rawHeaders, (name) => !OF_ONE_HOP.has(name));
