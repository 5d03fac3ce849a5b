import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TOP } from "../run.mjs";

/** The configuration of HAProxy is the sample of docs/samples, but for addresses and TLS. */

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

/** How HAProxy itself is, at a port of its own. @param {string} bind */
const health = (bind) => `
frontend health
  bind ${bind}
  monitor-uri /readyz
  monitor fail if { nbsrv(posthorn) lt 1 }
`;

/**
 * On this machine: plain HTTP on loopback.
 * @param {{ front: number, health: number, gateways: { name: string, port: number }[] }} ports
 */
export const localHaproxy = ({ front, health: port, gateways }) =>
  changed([
    [HEAD, "# Written at each start: changes made here are lost.\n"],
    // As many as it may open here: it does not start where that is less than named.
    [/.*Two files for each socket.*\n.*maxconn.*\n/, ""],
    [/.*ssl-default-bind-options.*\n/, ""],
    [/frontend plain\n(  .*\n)+\n/, ""],
    [/.*The certificate with its chain.*\n/, ""],
    [BIND, `bind 127.0.0.1:${front}`],
    [/.*Strict-Transport-Security.*\n/, ""],
    [SERVER, gateways.map((each) => `  server ${each.name} 127.0.0.1:${each.port}\n`).join("")],
  ]) + health(`127.0.0.1:${port}`);
