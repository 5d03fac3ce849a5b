import type { Logger } from "pino";
import { readBeat, type Beat, type Bystander } from "../protocol/internal/beat.ts";
import type { Link } from "./connection.ts";
import { listen } from "./listen.ts";
import { Seldom } from "../seldom.ts";
import { HOST_SUBJECTS, hostSubject, OWNER_SUBJECTS, streamOf } from "./subjects.ts";

/** The words of all processes to the hosts that run actors, over core NATS: whatever is lost is said again. */
export function hosts(link: Link, log: Logger) {
  const nonsense = new Seldom();
  return {
    beat(beat: Beat | Bystander): void {
      if (link.connected()) link.nc.publish(hostSubject(beat.host), JSON.stringify(beat));
    },
    /** Hears every process, itself too. Returns how to end that. */
    onBeat: (hear: (beat: Beat | Bystander) => void): (() => void) =>
      listen(link.nc, log, { subject: HOST_SUBJECTS }, (msg) => {
        const beat = readBeat(msg.string());
        if (beat !== undefined && hostSubject(beat.host) === msg.subject) return hear(beat);
        const { subject } = msg;
        nonsense.tell((more) => log.warn({ subject, ...more }, "a host's beat cannot be read"));
      }),
    /** Hears that somebody wants to store an entry of stream `k` about itself: a hint to look there soon. */
    onOwner: (hint: (k: number) => void): (() => void) =>
      listen(link.nc, log, { subject: OWNER_SUBJECTS }, ({ subject }) => {
        const k = streamOf(subject);
        if (k !== undefined) hint(k);
      }),
  };
}
export type Hosts = ReturnType<typeof hosts>;
