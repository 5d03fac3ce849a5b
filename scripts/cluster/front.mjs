import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { authorityIn } from "./certificates.mjs";
import { localHaproxy } from "./haproxy.mjs";
import { wayTo } from "./layout.mjs";
import { Member } from "./member.mjs";

/** The gateways as the front reaches them. @param {import("./layout.mjs").Layout} layout */
export const behind = (layout) =>
  layout.roles.flatMap(({ name, port }) =>
    port === undefined ? [] : [{ name, port: wayTo(layout, "front", port) }],
  );

/**
 * HAProxy in front of the gateways, as a process of the cluster.
 * @param {string} path Where the program is.
 * @param {string} dir The folder of the cluster.
 * @param {import("./layout.mjs").Layout} layout
 * @param {() => void} changed
 */
export function haproxyPart(path, dir, layout, changed) {
  const own = join(dir, "front");
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const file = join(own, "haproxy.cfg");
  const { front, frontHealth: health, certificates } = layout;
  const ca = certificates && authorityIn(certificates);
  writeFileSync(file, localHaproxy({ front, health, gateways: behind(layout), ca }));
  const args = ["-db", "-f", file];
  const member = new Member({ name: "front", dir: own, command: path, args }, changed);
  return { member, health: `http://127.0.0.1:${health}/readyz` };
}
