import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TOP } from "../run.mjs";

/** The configuration of HAProxy is the sample of docs/samples, but for addresses, and TLS to gateways. */

const SAMPLE = join(TOP, "docs", "samples", "haproxy.cfg");

/** @typedef {readonly [from: string | RegExp, to: string]} Change */

const HEAD = /^(#.*\n)+/;
const SERVER = "  server gateway-1 127.0.0.1:8080\n";
const BIND = "bind :443 ssl crt /etc/ssl/chat.example.org.both.pem alpn h2,http/1.1";

/** @param {Change[]} changes */
function changed(changes) {
  let text = readFileSync(SAMPLE, "utf8");
  for (const [from, to] of changes) {
    const next = text.replace(from, () => to);
    if (next === text) throw new Error(`the sample of HAProxy has no ${from}`);
    text = next;
  }
  return text;
}

/** A line for each gateway. @param {{ name: string, host: string, port: number }[]} gateways @param {string} [ca] */
const serverLines = (gateways, ca) =>
  gateways
    .map(({ name, host, port }) => {
      const tls = ca === undefined ? "" : ` ssl verify required ca-file ${ca} verifyhost ${name}`;
      return `  server ${name} ${host}:${port}${tls}\n`;
    })
    .join("");

/** How HAProxy itself is, at a port of its own. @param {string} bind */
const health = (bind) => `
frontend health
  bind ${bind}
  monitor-uri /readyz
  monitor fail if { nbsrv(posthorn) lt 1 }
`;

/**
 * On this machine: plain HTTP on loopback.
 * @param {{ front: number, health: number, gateways: { name: string, port: number }[], ca?: string | undefined }} ports `ca`: the file of the authority by
 * which the certificates of gateways are checked; undefined: they speak HTTP.
 */
export const localHaproxy = ({ front, health: port, gateways, ca }) =>
  changed([
    [HEAD, "# Written at each start: changes made here are lost.\n"],
    // As many as it may open here: it does not start where that is less than named.
    [/.*Two files for each socket.*\n.*maxconn.*\n/, ""],
    [/.*ssl-default-bind-options.*\n/, ""],
    [/frontend plain\n(  .*\n)+\n/, ""],
    [/.*The certificate with its chain.*\n/, ""],
    [BIND, `bind 127.0.0.1:${front}`],
    [/.*Strict-Transport-Security.*\n/, ""],
    [
      SERVER,
      serverLines(
        gateways.map((each) => ({ ...each, host: "127.0.0.1" })),
        ca,
      ),
    ],
  ]) + health(`127.0.0.1:${port}`);

/**
 * In docker/compose.cluster.yaml. Gateways have other addresses after each start: the resolver of Docker is asked for them.
 * @param {string[]} gateways
 * @param {string} [ca] As in {@link localHaproxy}.
 */
export const dockerHaproxy = (gateways, ca) =>
  changed([
    [HEAD, ""],
    ["bind :80\n", "bind :8080\n"],
    [BIND, "bind :8443 ssl crt /run/secrets/front.pem alpn h2,http/1.1"],
    ["  default-server check", "  default-server resolvers docker init-addr last,libc,none check"],
    [
      SERVER,
      serverLines(
        gateways.map((name) => ({ name, host: name, port: 8080 })),
        ca,
      ),
    ],
  ]) +
  `${health(":8404")}
resolvers docker
  nameserver dns 127.0.0.11:53
  hold valid 1s
`;
