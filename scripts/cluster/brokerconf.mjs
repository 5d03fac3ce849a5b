import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { TOP } from "../run.mjs";
import { certificateOf } from "./certificates.mjs";
import { wayTo } from "./layout.mjs";

/**
 * A server that stands still is left by the others as soon as by processes, at the third ping without an answer: 4 to 6 s. By itself the broker
 * takes a minute or more, and hands every third read to it meanwhile (docs/adr/0055).
 */
export const SOON_LEFT = 'ping_interval: "2s", ping_max: 2, ';

/** One server must not tell another of ways around those that may be cut: addresses that it hears of lead nowhere, and pairs have one route. */
const NOWHERE = '"127.0.0.1:1"';
const ONE_ROUTE = "pool_size: -1, ";
export const NO_OTHER_WAY = `advertise: ${NOWHERE}, ${ONE_ROUTE}`;
/** A handshake of a machine that is busy takes longer than the 2 s of the server. */
const HANDSHAKE_S = 5;

/**
 * @typedef {object} Server The words of a configuration that are one server's own.
 * @property {string} name
 * @property {{ client: string, monitor: string, route: string }} listen
 * @property {string} store
 * @property {string} passwords File of the passwords.
 * @property {string} address What the others are told of where it is, as a configuration has it: as their `routes` say it. Else they hear the address that its
 * connections come from, dial that, too, without end, and with TLS each time find that its certificate does not name it.
 * @property {string[]} routes Addresses of the others; its own may be among them.
 * @property {string} [ways] More about its routes.
 * @property {{ cert: string, key: string, ca: string } | undefined} certificate Given, clients, monitor and routes are encrypted.
 * @property {number} streams Mailbox streams: rights are for so many.
 */

/** The configuration of one server of a cluster: that of Docker with its users and rights, and the routes to the others. @param {Server} server */
export function brokerConf({ name, listen, store, passwords, routes, ways = "", ...rest }) {
  const { address, certificate, streams } = rest;
  const shipped = readFileSync(join(TOP, "docker", "nats.conf"), "utf8");
  const changed = [
    ["server_name: posthorn", `server_name: ${name}`],
    ['"0.0.0.0:4222"', JSON.stringify(listen.client)],
    ['http: "0.0.0.0:8222"', `http${certificate ? "s" : ""}: ${JSON.stringify(listen.monitor)}`],
    ['"/data"', JSON.stringify(store)],
    ['"passwords.conf"', JSON.stringify(passwords)],
  ].reduce((text, [from = "", to = ""]) => text.replace(from, () => to), forEach(shipped, streams));
  const tls = certificate && tlsOf(certificate);
  const others = routes.map((route) => JSON.stringify(route)).join(", ");
  const cluster = `name: posthorn, listen: ${JSON.stringify(listen.route)}, no_advertise: true, advertise: ${address}, ${SOON_LEFT}${ways}routes: [${others}]`;
  return [
    changed,
    ...(tls ? [tls] : []),
    `cluster { ${cluster}${tls ? `, ${tls}` : ""} }`,
    "",
  ].join("\n");
}

/** A right that is denied for CHECKPOINT_0, denied for each. @param {string} text @param {number} streams */
const forEach = (text, streams) =>
  text.replace(/"([^"\n]*\bCHECKPOINT_)0([^"\n]*)"/g, (_, before, behind) =>
    Array.from({ length: streams }, (__, k) => `"${before}${k}${behind}"`).join(", "),
  );

/** @param {{ cert: string, key: string, ca: string }} certificate */
const tlsOf = ({ cert, key, ca }) =>
  `tls { cert_file: ${JSON.stringify(cert)}, key_file: ${JSON.stringify(key)}, ca_file: ${JSON.stringify(ca)}, timeout: ${HANDSHAKE_S} }`;

/**
 * The configuration of a server on this machine.
 * @param {import("./layout.mjs").Broker} own
 * @param {import("./layout.mjs").Layout} layout
 * @param {string} secrets Folder of the passwords.
 */
export function confOf({ name, dir, client, monitor, route }, layout, secrets) {
  const { certificates, partitions: streams } = layout;
  const here = (/** @type {number} */ port) => `127.0.0.1:${port}`;
  const conf = brokerConf({
    name,
    listen: { client: here(client), monitor: here(monitor), route: here(route) },
    store: join(dir, "store"),
    passwords: join(relative(dir, secrets), "passwords.conf"),
    routes: layout.brokers
      .filter((each) => each.name !== name)
      .map((each) => `nats://${here(wayTo(layout, name, each.route))}`),
    ...(layout.ways.length > 0
      ? { address: NOWHERE, ways: ONE_ROUTE }
      : { address: JSON.stringify(here(route)) }),
    certificate: certificates === undefined ? undefined : certificateOf(certificates, name),
    streams,
  });
  return `# Written at each start: changes made here are lost.\n${conf}`;
}
