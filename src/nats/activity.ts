import type { Logger } from "pino";
import type { Activities } from "../gateway/ports.ts";
import type { Link } from "./connection.ts";
import { listen } from "./listen.ts";
import { ACTIVITY_STREAM, activitySubject, presenceSubject } from "./subjects.ts";
import type { BrokerTime } from "./time.ts";
import type { Topology } from "./topology.ts";

/** Activities of users: the last of each is kept, and repeated by the broker as it is stored. */
export function activities(
  link: Link,
  topology: Topology,
  time: BrokerTime,
  log: Logger,
): Activities {
  return {
    active(user, action) {
      const payload = JSON.stringify({ type: "UserActive", action });
      if (link.connected()) link.nc.publish(activitySubject(user), payload);
    },
    onActive: (user, hear) =>
      listen(link.nc, log, { subject: presenceSubject(user) }, (msg) => {
        const at = Date.parse(msg.headers?.get("Nats-Time-Stamp") ?? "");
        if (Number.isNaN(at)) return;
        time.heard(at);
        hear(at);
      }),
    async lastActive(user) {
      const found = await topology.jsm.direct.getMessage(ACTIVITY_STREAM, {
        last_by_subj: activitySubject(user),
      });
      if (found === null) return undefined;
      const at = found.time.getTime();
      return { at, ageMs: await time.age(at) };
    },
  };
}
