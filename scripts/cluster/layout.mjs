import { join } from "node:path";
import { freePort } from "../dev/port.mjs";

/** The processes of the cluster, and where each listens. */

const BROKERS = ["nats-1", "nats-2", "nats-3"];
/** By role, in the order in which they are started. */
const ROLES = {
  actors: ["actors-1", "actors-2"],
  projections: ["projections-1", "projections-2"],
  gateway: ["gateway-1", "gateway-2"],
};
/** Streams that several hosts share, and few enough for one machine to keep three of each. */
const PARTITIONS = "8";

/**
 * @typedef {object} Broker
 * @property {string} name
 * @property {string} dir
 * @property {number} client
 * @property {number} monitor
 * @property {number} route
 *
 * @typedef {object} Role
 * @property {string} name
 * @property {string} role
 * @property {string} dir
 * @property {number} admin
 * @property {number} [port] Of a gateway.
 *
 * @typedef {object} Layout
 * @property {Broker[]} brokers
 * @property {Role[]} roles
 * @property {number} front The port of the balancer.
 */

/** Free ports for everything. @param {string} dir The folder of the cluster. @param {number | undefined} front @returns {Promise<Layout>} */
export async function layOut(dir, front) {
  const taken = new Set([front]);
  const port = async () => {
    for (;;) {
      const free = await freePort();
      if (!taken.has(free)) {
        taken.add(free);
        return free;
      }
    }
  };
  /** @type {Layout} */
  const layout = { brokers: [], roles: [], front: front ?? (await port()) };
  for (const name of BROKERS) {
    const [client, monitor, route] = [await port(), await port(), await port()];
    layout.brokers.push({ name, dir: join(dir, name), client, monitor, route });
  }
  for (const [role, names] of Object.entries(ROLES))
    for (const name of names) {
      const own = { name, role, dir: join(dir, name), admin: await port() };
      layout.roles.push(role === "gateway" ? { ...own, port: await port() } : own);
    }
  return layout;
}

/** The brokers as settings. @param {Layout} layout */
export const brokerSettings = ({ brokers }) => ({
  NATS_URL: brokers.map(({ client }) => `nats://127.0.0.1:${client}`).join(","),
  NATS_MONITOR_URL: brokers.map(({ monitor }) => `http://127.0.0.1:${monitor}`).join(","),
});

/** The settings of the streams when they are made. @param {NodeJS.ProcessEnv} env */
export const streamSettings = (env) => ({ PARTITIONS, ...env, REPLICAS: "3" });

/**
 * The settings of one process. Limits and the like of the caller's environment hold for all.
 * @param {Role} role
 * @param {Layout} layout
 * @param {{ secrets: string, env: NodeJS.ProcessEnv }} from Folder of the passwords; the caller's environment.
 */
export function settingsOf({ role, dir, admin, port }, layout, { secrets, env }) {
  const front = ["127.0.0.1", "localhost"].map((host) => `http://${host}:${layout.front}`);
  return {
    LOG_LEVEL: "info",
    ...streamSettings(env),
    ...brokerSettings(layout),
    NATS_USER: role,
    NATS_PASSWORD_FILE: join(secrets, `${role}-password`),
    POSTHORN_ROLES: role,
    DATA_DIR: dir,
    HOST: "127.0.0.1",
    ADMIN_PORT: String(admin),
    ...(port !== undefined && {
      PORT: String(port),
      AUTH: "dev",
      DEV_SECRET_FILE: join(secrets, "dev-secret"),
      ALLOWED_ORIGINS: [...front, "none"].join(","),
      TRUSTED_PROXIES: "127.0.0.1",
    }),
  };
}
