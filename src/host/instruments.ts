import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import { lastSeqs } from "../nats/ends.ts";
import { ACTIVITY_STREAM } from "../nats/subjects.ts";
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

/** Opens the port for whoever runs the server, if there is to be one: only then prom-client is loaded. @throws StartError */
export async function openBoard(settings: Settings, scope: Scope, log: Logger): Promise<Board> {
  const at = adminPort(settings);
  if (at === undefined) return { meter: unwatched };
  const { Metrics } = await import("./metrics.ts");
  const meter = new Metrics(ownVersion(), Date.now);
  return { meter, admin: await scope.start(new AdminPort(at, meter, log)) };
}

/** The roles, as far as they are read. */
interface Roles {
  readonly gateway: { readonly counts: Record<"sockets" | "sessions" | "waiting", number> };
  readonly actors: { readonly taken: Seqs; readonly waiting: number };
  readonly views: { readonly degraded: boolean; applied(): Promise<Seqs> };
}

/** The numbers of roles that run. The ends of the streams are asked of the broker each time. */
export function readingsOf({ gateway, actors, views }: Roles, { link }: Broker): Readings {
  return {
    sockets: () => gateway.counts.sockets,
    sessions: () => gateway.counts.sessions,
    waiting: () => ({ gateway: gateway.counts.waiting, actors: actors.waiting }),
    degraded: () => views.degraded,
    lag: () =>
      lagOf({
        ends: () => lastSeqs(link, [...actors.taken.keys(), ACTIVITY_STREAM]),
        actors: () => actors.taken,
        views: () => views.applied(),
      }),
  };
}
