import type { Logger } from "pino";
import type { Activities } from "../gateway/ports.ts";
import type { Link } from "./connection.ts";
import { listen } from "./listen.ts";
import { ACTIVITY_STREAM, activitySubject, presenceSubject } from "./subjects.ts";
import type { Topology } from "./topology.ts";

/** When users act: the last activity of each is kept, and repeated by the broker as it is stored. */
export function activities(link: Link, topology: Topology, log: Logger) {
  return {
    active(user, action) {
      const payload = JSON.stringify({ type: "UserActive", action });
      if (link.connected()) link.nc.publish(activitySubject(user), payload);
    },
    onActive: (user, hear) =>
      listen(link.nc, log, { subject: presenceSubject(user) }, (msg) => {
        hear(Date.parse(msg.headers?.get("Nats-Time-Stamp") ?? "") || 0);
      }),
    async lastActive(user) {
      const found = await topology.jsm.direct.getMessage(ACTIVITY_STREAM, {
        last_by_subj: activitySubject(user),
      });
      return found === null ? undefined : found.time.getTime();
    },
  } satisfies Activities;
}
