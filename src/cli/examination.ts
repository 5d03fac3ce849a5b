import { misspeltIn, readConfig, type Env } from "../config/config.ts";
import type { Settings } from "../config/settings.ts";
import { connectAs } from "../host/connectas.ts";
import { FILES_MIN, filesMax, RESERVED } from "../host/files.ts";
import { judgeRoom, roomAt } from "../host/room.ts";
import { Scope } from "../host/scope.ts";
import { logTo } from "../log.ts";
import { clockAhead, lacksJetStream, streamsOf } from "../nats/checkup.ts";
import type { Link } from "../nats/connection.ts";
import { isSoonPinged, routePings } from "../nats/routepings.ts";
import { missingRights } from "../nats/rights.ts";
import { amountOf } from "./stages.ts";

/** Something that was looked at, and what was found. */
export interface Finding {
  readonly verdict: "well" | "note" | "FAIL";
  readonly about: string;
  readonly says: string;
}

/** Sockets of fewer devices than this are soon too few. */
const FILES_LOW = 4_096;
/** Presence and tokens are judged by times of both clocks: people see a second. */
const CLOCK_LOW_MS = 1_000;
/** Tokens are accepted for so long before and after their time, and brokers' clocks may differ by so much. */
const CLOCK_MAX_MS = 60_000;

/** Looks at everything, one thing after another; what depends on something that fails is left out. @param now ms since 1970. */
export async function* look(env: Env, now: () => number): AsyncGenerator<Finding> {
  yield files(filesMax());
  let settings: Settings;
  try {
    settings = readConfig({ LOG_LEVEL: "silent", ...env });
  } catch (error) {
    return yield failing("settings", error);
  }
  yield ofSettings(settings, env);
  if (keepsData(settings)) yield await ofDisk("disk", settings.DATA_DIR);
  if (settings.NATS_STORE_DIR !== undefined) yield await ofDisk("store", settings.NATS_STORE_DIR);
  yield* ofBroker(settings, now);
}

const failing = (about: string, error: unknown): Finding => ({
  verdict: "FAIL",
  about,
  says: error instanceof Error ? error.message : String(error),
});

/** Does the process keep anything in DATA_DIR: views, or a development key? */
const keepsData = ({ POSTHORN_ROLES: roles, AUTH, DEV_SECRET }: Settings): boolean =>
  roles.has("projections") || (roles.has("gateway") && AUTH === "dev" && DEV_SECRET === undefined);

/** @param most files that may be open. */
export function files(most: number): Finding {
  const about = "files";
  if (most < FILES_MIN)
    return failing(about, `${most} may be open, at least ${FILES_MIN} are needed: raise ulimit -n`);
  if (most === Number.POSITIVE_INFINITY) return { verdict: "well", about, says: "no limit" };
  const says = `${most} may be open: some ${most - RESERVED} connections`;
  return most < FILES_LOW
    ? { verdict: "note", about, says: `${says}; raise ulimit -n for more` }
    : { verdict: "well", about, says };
}

function ofSettings({ POSTHORN_ROLES: roles, AUTH, HOST, PORT }: Settings, env: Env): Finding {
  const about = "settings";
  const odd = misspeltIn(env);
  const door = `AUTH=${AUTH}, at ${HOST}, port ${PORT}`;
  if (odd.length === 0)
    return { verdict: "well", about, says: roles.has("gateway") ? door : [...roles].join(", ") };
  const names = odd.map(({ name, meant }) => `${name} is none, did you mean ${meant}?`);
  return { verdict: "note", about, says: names.join("; ") };
}

async function ofDisk(about: string, dir: string): Promise<Finding> {
  try {
    const room = await roomAt(dir);
    const says = `${amountOf(room.free)} of ${amountOf(room.total)} free at ${dir}`;
    const verdicts = { none: "FAIL", low: "note", enough: "well" } as const;
    return { verdict: verdicts[judgeRoom(room)], about, says };
  } catch (error) {
    return failing(about, error);
  }
}

async function* ofBroker(settings: Settings, now: () => number): AsyncGenerator<Finding> {
  const log = logTo(settings.LOG_LEVEL);
  const scope = new Scope(log);
  try {
    let link: Link;
    try {
      link = await connectAs(settings, "posthorn-doctor-cli", scope, log);
    } catch (error) {
      return yield failing("broker", error);
    }
    yield* ofLink(link, settings, now);
    yield* ofRoutes(settings);
  } catch (error) {
    yield failing("broker", error);
  } finally {
    await scope.stop();
  }
}

async function* ofLink(
  link: Link,
  { POSTHORN_ROLES: roles, CLUSTER_NAME: cluster }: Settings,
  now: () => number,
): AsyncGenerator<Finding> {
  const { nc } = link;
  const missing = await missingRights(link, [...roles]);
  const lack = missing.length > 0 ? undefined : await lacksJetStream(nc);
  const version = `nats-server ${nc.info?.version}`;
  yield lack === undefined
    ? { verdict: "well", about: "broker", says: `${version} at ${nc.getServer()}` }
    : failing("broker", `${version}: JetStream cannot be used: ${lack}`);
  yield missing.length === 0
    ? { verdict: "well", about: "rights", says: `everything that ${[...roles].join(", ")} need` }
    : failing("rights", `missing: ${missing.join(", ")} (docker/nats.conf has all)`);
  if (lack !== undefined || missing.length > 0) return;
  const streams = await streamsOf(nc, cluster).catch((error: unknown) => failing("streams", error));
  if (streams === undefined)
    return yield {
      verdict: "well",
      about: "streams",
      says: "none yet: posthorn init makes them, or a first start whose NATS user may",
    };
  if ("verdict" in streams) yield streams;
  else
    yield {
      verdict: "well",
      about: "streams",
      says: `${streams.mailboxes} of mailboxes, ${streams.replicas} replicas of each, of the cluster ${cluster}`,
    };
  const ahead = await clockAhead(nc, now);
  if (ahead !== undefined) yield clock(ahead);
}

/** Do the servers of the broker leave one soon that stands still? */
async function* ofRoutes(settings: Settings): AsyncGenerator<Finding> {
  const about = "routes";
  const { NATS_MONITOR_URL: monitors, NATS_TLS_CA: ca } = settings;
  const servers = await routePings(monitors, ca);
  const late = servers.filter((each) => !isSoonPinged(each)).map(({ server }) => server);
  if (servers.length === 0) return;
  if (late.length === 0)
    return yield { verdict: "well", about, says: `${servers.length} servers ping each other` };
  const says = `${late.join(", ")} did not ping the others for 5 s, so one that stands still keeps people waiting: ${PINGS}`;
  yield { verdict: "note", about, says };
}
const PINGS = `ping_interval: "2s", ping_max: 2 in cluster {} of its configuration`;

/** @param ahead ms by which the broker's clock is ahead of this host's. */
function clock(ahead: number): Finding {
  const seconds = (Math.abs(ahead) / 1_000).toFixed(3);
  const says = `the broker's is ${seconds} s ${ahead < 0 ? "behind" : "ahead of"} this host's`;
  if (Math.abs(ahead) > CLOCK_MAX_MS) return failing("clock", `${says}: set both by NTP`);
  return { verdict: Math.abs(ahead) > CLOCK_LOW_MS ? "note" : "well", about: "clock", says };
}
