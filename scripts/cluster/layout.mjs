import { join } from "node:path";
import { NO_LOGIN } from "../broker/nologin.mjs";
import { freePort } from "../dev/port.mjs";
import { authorityIn, certificateOf } from "./certificates.mjs";
import { USUAL } from "./options.mjs";

/** The processes of the cluster, and where each listens. */

/** @param {string} kind @param {number} many @returns {string[]} */
const named = (kind, many) => Array.from({ length: many }, (_, i) => `${kind}-${i + 1}`);
/** @param {import("./options.mjs").Sizes} sizes */
export const brokersIn = ({ brokers }) => named("nats", brokers);
/** By role, in the order in which they are started. @param {import("./options.mjs").Sizes} sizes */
export const rolesIn = ({ actors, projections, gateways }) => ({
  actors: named("actors", actors),
  projections: named("projections", projections),
  gateway: named("gateway", gateways),
});
/** As a cluster should begin with: more servers take whole streams over. */
export const PARTITIONS = 16;

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
 * @typedef {object} Way The way of one process to a port of another, when it is not the straight one.
 * @property {string} from
 * @property {string} to
 * @property {number} target
 * @property {number} port Where it begins.
 *
 * @typedef {object} Layout
 * @property {Broker[]} brokers
 * @property {Role[]} roles
 * @property {number} front The port of what stands in front of the gateways.
 * @property {number} frontHealth Where that says how it is, if it is a process.
 * @property {Way[]} ways None: all go straight.
 * @property {number} partitions Mailbox streams, when they are made.
 * @property {string | undefined} certificates The folder of the certificates by which processes speak; undefined: without TLS.
 */

/**
 * Free ports for everything.
 * @param {string} dir The folder of the cluster.
 * @param {{ front: number | undefined, cuts: boolean, sizes?: import("./options.mjs").Sizes, certificates?: string | undefined, partitions?: number }} wish `cuts`: no
 * way is a straight one.
 * @returns {Promise<Layout>}
 */
export async function layOut(dir, wish) {
  const { front, cuts, sizes = USUAL, certificates, partitions = PARTITIONS } = wish;
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
  const layout = {
    brokers: [],
    roles: [],
    front: front ?? (await port()),
    frontHealth: await port(),
    ways: [],
    partitions,
    certificates,
  };
  for (const name of brokersIn(sizes)) {
    const [client, monitor, route] = [await port(), await port(), await port()];
    layout.brokers.push({ name, dir: join(dir, name), client, monitor, route });
  }
  for (const [role, names] of Object.entries(rolesIn(sizes)))
    for (const name of names) {
      const own = { name, role, dir: join(dir, name), admin: await port() };
      layout.roles.push(role === "gateway" ? { ...own, port: await port() } : own);
    }
  if (cuts)
    for (const way of straightWays(layout)) layout.ways.push({ ...way, port: await port() });
  return layout;
}

/** Each process to each broker, each broker to each other, and the balancer to each gateway. @param {Layout} layout */
function straightWays({ brokers, roles }) {
  const processes = roles.flatMap(({ name: from }) =>
    brokers.flatMap(({ name: to, client, monitor }) =>
      [client, monitor].map((target) => ({ from, to, target })),
    ),
  );
  const routes = brokers.flatMap(({ name: from }) =>
    brokers
      .filter(({ name }) => name !== from)
      .map(({ name: to, route }) => ({ from, to, target: route })),
  );
  const front = roles.flatMap(({ name: to, port }) =>
    port === undefined ? [] : [{ from: "front", to, target: port }],
  );
  return [...processes, ...routes, ...front];
}

/** The port by which a process reaches another's. @param {Layout} layout @param {string} from @param {number} target */
export const wayTo = ({ ways }, from, target) =>
  ways.find((way) => way.from === from && way.target === target)?.port ?? target;

/** The brokers as settings of a process, or of the one who makes the streams. @param {Layout} layout @param {string} [name] */
export function brokerSettings(layout, name = "") {
  /** @param {string} scheme @param {"client" | "monitor"} which */
  const all = (scheme, which) =>
    layout.brokers.map((each) => `${scheme}://127.0.0.1:${wayTo(layout, name, each[which])}`);
  const { certificates } = layout;
  if (certificates === undefined)
    return {
      NATS_URL: all("nats", "client").join(","),
      NATS_MONITOR_URL: all("http", "monitor").join(","),
    };
  return {
    NATS_URL: all("tls", "client").join(","),
    NATS_MONITOR_URL: all("https", "monitor").join(","),
    NATS_TLS_CA_FILE: authorityIn(certificates),
  };
}

/** The settings of the streams when they are made. @param {NodeJS.ProcessEnv} env */
export const streamSettings = (env) => ({ PARTITIONS: `${PARTITIONS}`, ...env, REPLICAS: "3" });

/** The settings of a gateway by which it speaks HTTPS. @param {string} name @param {Layout} layout */
function ownCertificate(name, { certificates }) {
  if (certificates === undefined) return {};
  const { cert, key } = certificateOf(certificates, name);
  return { TLS_CERT: "", TLS_CERT_FILE: cert, TLS_KEY: "", TLS_KEY_FILE: key };
}

/**
 * The settings of one process. Limits and the like of the caller's environment hold for all.
 * @param {Role} role
 * @param {Layout} layout
 * @param {{ secrets: string, env: NodeJS.ProcessEnv }} from Folder of the passwords; the caller's environment.
 */
export function settingsOf({ name, role, dir, admin, port }, layout, { secrets, env }) {
  const front = ["127.0.0.1", "localhost"].map((host) => `http://${host}:${layout.front}`);
  return {
    LOG_LEVEL: "info",
    ...streamSettings(env),
    ...NO_LOGIN,
    ...brokerSettings(layout, name),
    NATS_USER: role,
    NATS_PASSWORD_FILE: join(secrets, `${role}-password`),
    POSTHORN_ROLES: role,
    DATA_DIR: dir,
    HOST: "127.0.0.1",
    ADMIN_PORT: String(admin),
    ...(port !== undefined && {
      PORT: String(port),
      AUTH: "dev",
      DEV_SECRET: "",
      DEV_SECRET_FILE: join(secrets, "dev-secret"),
      ALLOWED_ORIGINS: [...front, "none"].join(","),
      TRUSTED_PROXIES: "127.0.0.1",
      ...ownCertificate(name, layout),
    }),
  };
}
