import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import { lastSeqs } from "../nats/ends.ts";
import { ACTIVITY_STREAM, mailboxStream } from "../nats/subjects.ts";
import type { Health } from "../gateway/http/health.ts";
import { AdminPort } from "./admin.ts";
import type { Broker } from "./broker.ts";
import { lagOf, type Seqs } from "./lag.ts";
import { unwatched, type Instruments, type Readings } from "./meter.ts";
import { adminPort } from "./port.ts";
import type { Scope } from "./scope.ts";
import { ownVersion } from "./version.ts";

/** The instruments of a process, and the port where they are read; without one nothing is taken down. */
export interface Board {
  readonly meter: Instruments;
  readonly admin?: AdminPort;
}

/** Opens the port for the one who runs the server, if there is to be one: only then prom-client is loaded. @throws StartError */
export async function openBoard(
  settings: Settings,
  health: () => Health,
  scope: Scope,
  log: Logger,
): Promise<Board> {
  const at = adminPort(settings);
  if (at === undefined) return { meter: unwatched };
  const { Metrics } = await import("./metrics.ts");
  const meter = new Metrics(ownVersion(), Date.now);
  return { meter, admin: await scope.start(new AdminPort(at, { numbers: meter, health, log })) };
}

/** The roles that this process runs, as far as they are read. */
interface Roles {
  readonly gateway:
    | { readonly counts: Record<"sockets" | "sessions" | "waiting", number> }
    | undefined;
  readonly actors: { readonly taken: Seqs; readonly waiting: number } | undefined;
  readonly views:
    | { readonly degraded: boolean; readonly differing: number; applied(): Promise<Seqs> }
    | undefined;
}

const NONE: Seqs = new Map();

/** The numbers of roles that run; a role that does not has none. The ends of the streams are asked of the broker each time. */
export function readingsOf(
  { gateway, actors, views }: Roles,
  { link, topology }: Broker,
): Readings {
  const mailboxes = Array.from({ length: topology.partitions }, (_, k) => mailboxStream(k));
  return {
    sockets: () => gateway?.counts.sockets,
    sessions: () => gateway?.counts.sessions,
    waiting: () => ({
      ...(gateway && { gateway: gateway.counts.waiting }),
      ...(actors && { actors: actors.waiting }),
    }),
    degraded: () => views?.degraded,
    differing: () => views?.differing,
    lag: () =>
      lagOf({
        ends: () => lastSeqs(link, [...mailboxes, ACTIVITY_STREAM]),
        actors: () => actors?.taken ?? NONE,
        views: async () => (await views?.applied()) ?? NONE,
      }),
  };
}
