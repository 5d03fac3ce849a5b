import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { TOP } from "../run.mjs";
import { wayTo } from "./layout.mjs";

/**
 * A server that stands still is left by the others as soon as by processes, at the third ping without an answer: 4 to 6 s. By itself the broker
 * takes a minute or more, and hands every third read to it meanwhile (docs/adr/0055).
 */
export const SOON_LEFT = 'ping_interval: "2s", ping_max: 2, ';

/** One server must not tell another of ways around those that may be cut: addresses that it hears of lead nowhere, and pairs have one route. */
export const NO_OTHER_WAY = 'advertise: "127.0.0.1:1", pool_size: -1, ';

/**
 * The configuration of one nats-server: that of Docker with its users and rights, on loopback, and the routes to the others.
 * @param {import("./layout.mjs").Broker} own
 * @param {import("./layout.mjs").Layout} layout
 * @param {string} secrets Folder of the passwords.
 */
export function confOf({ name, dir, client, monitor, route }, layout, secrets) {
  const routes = layout.brokers
    .filter((each) => each.name !== name)
    .map((each) => `"nats://127.0.0.1:${wayTo(layout, name, each.route)}"`)
    .join(", ");
  const ways = layout.ways.length > 0 ? NO_OTHER_WAY : "";
  const shipped = readFileSync(join(TOP, "docker", "nats.conf"), "utf8");
  const changed = [
    ["server_name: posthorn", `server_name: ${name}`],
    ['"0.0.0.0:4222"', `"127.0.0.1:${client}"`],
    ['"0.0.0.0:8222"', `"127.0.0.1:${monitor}"`],
    ['"/data"', JSON.stringify(join(dir, "store"))],
    ['"passwords.conf"', JSON.stringify(join(relative(dir, secrets), "passwords.conf"))],
  ].reduce((text, [from = "", to = ""]) => text.replace(from, to), shipped);
  return [
    "# Written at each start: changes made here are lost.",
    changed,
    `cluster { name: posthorn, listen: "127.0.0.1:${route}", no_advertise: true, ${SOON_LEFT}${ways}routes: [${routes}] }`,
    "",
  ].join("\n");
}
