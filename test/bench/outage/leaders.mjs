// The leaders of the mailbox streams, and the broker that a process is connected to, as the brokers and the kernel say.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const ANSWER_MS = 500;

/** The names of the brokers. @param {import("./cluster.mjs").Cluster} cluster */
const brokersOf = (cluster) =>
  cluster.processes().flatMap(({ name }) => (name.startsWith("nats-") ? [name] : []));

/**
 * The leader of each mailbox stream, as a broker says that answers.
 * @param {import("./cluster.mjs").Cluster} cluster
 * @param {string} [without] A broker that is not asked.
 * @returns {Promise<string[]>}
 */
export async function leadersOf(cluster, without) {
  for (const name of brokersOf(cluster).filter((each) => each !== without)) {
    const url = new URL("/jsz?streams=true", cluster.health(name));
    const answer = fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    // One that does not answer whole is passed over.
    const json = await answer.then((each) => each.json()).catch(() => undefined);
    const said = /** @type {{ account_details?: Account[] } | undefined} */ (json);
    const streams = (said?.account_details ?? []).flatMap(({ stream_detail: all }) => all);
    const mailboxes = streams.filter((each) => each.name.startsWith("MAILBOX_"));
    if (mailboxes.length > 0) return mailboxes.map(({ cluster: at }) => at?.leader ?? "");
  }
  return [];
}

/** @typedef {{ stream_detail: { name: string, cluster?: { leader?: string } }[] }} Account */

/** The broker that leads the most mailbox streams. @param {import("./cluster.mjs").Cluster} cluster */
export async function mostLeading(cluster) {
  const leaders = await leadersOf(cluster);
  const led = (/** @type {string} */ name) => leaders.filter((each) => each === name).length;
  return brokersOf(cluster).toSorted((a, b) => led(b) - led(a))[0] ?? "";
}

/** The broker to which a process has the most connections. @param {import("./cluster.mjs").Cluster} cluster @param {string} name */
export function brokerOf(cluster, name) {
  const folder = `/proc/${cluster.pid(name)}`;
  const own = new Set(
    readdirSync(`${folder}/fd`).flatMap((fd) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(linkAt(`${folder}/fd/${fd}`)) ?? [];
      return inode ?? [];
    }),
  );
  const lines = readFileSync(`${folder}/net/tcp`, "utf8").trim().split("\n").slice(1);
  const ports = lines.flatMap((line) => {
    const [, , remote = "", , , , , , , inode = ""] = line.trim().split(/\s+/);
    return own.has(inode) ? [Number.parseInt(remote.slice(remote.indexOf(":") + 1), 16)] : [];
  });
  const links = (/** @type {string} */ broker) =>
    ports.filter((port) => port === cluster.port(broker)).length;
  return brokersOf(cluster).toSorted((a, b) => links(b) - links(a))[0] ?? "";
}

/** @param {string} path */
function linkAt(path) {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // Closed meanwhile.
  }
}
