/** Addresses as settings give them: servers of the broker, their monitoring ports, and pages. */

const SERVER_RULE = "servers, as in nats://host:4222 or tls://host:4222, separated by commas";
const LOGIN_RULE = "no user and password in it: they are NATS_USER and NATS_PASSWORD";
export const MONITOR_RULE = "http or https URLs, as in http://host:8222, separated by commas";
export const ORIGIN_RULE =
  "origins as browsers say them, as in https://chat.example.org, without a path; or none";

const urlOf = (text: string): URL | undefined => {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
};
/** Nothing stands behind host and port. */
const isBare = ({ pathname, search, hash }: URL): boolean =>
  (pathname === "" || pathname === "/") && search === "" && hash === "";

/** The rule that a list of servers breaks; undefined: none. The broker's client would pass a password in it over, without a word. */
export function serversFault(text: string): string | undefined {
  const servers = text.split(",").map((each) => each.trim());
  if (servers.some((each) => each.includes("@"))) return LOGIN_RULE;
  const urls = servers.map((each) => urlOf(each.includes("://") ? each : `nats://${each}`));
  const areServers = urls.every(
    (url) => url && url.hostname !== "" && /^(nats|tls):$/.test(url.protocol) && isBare(url),
  );
  return areServers ? undefined : SERVER_RULE;
}

/** Is it the address of a monitoring port? */
export const isMonitor = (text: string): boolean => {
  const url = urlOf(text);
  return url !== undefined && /^https?:$/.test(url.protocol);
};

/**
 * Is it an origin that a browser may say? It is compared letter by letter, so a path, a capital or a port that goes without saying would
 * keep out everybody. `null` is what pages of files say; apps have schemes of their own.
 */
export function isOrigin(text: string): boolean {
  if (text === "none" || text === "null") return true;
  const url = urlOf(text);
  if (url === undefined || url.hostname.includes("*")) return false;
  const isWeb = /^https?:$/.test(url.protocol);
  return (isWeb ? url.origin : `${url.protocol}//${url.host}`) === text && url.host !== "";
}
