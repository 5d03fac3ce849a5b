import type { Logger } from "pino";
import type { Signals as Heard } from "../actors/ports.ts";
import type { Signals as Said } from "../gateway/ports.ts";
import type { Link } from "./connection.ts";
import { listen } from "./listen.ts";
import { placeIn, signalSubject } from "./subjects.ts";

/** Somebody types; never stored. */
interface Typing {
  readonly to: string;
  readonly from: string;
}

/** A gateway's signals, to the host that runs the partition of the one they are for. */
export const signals = (link: Link, partitions: number) =>
  ({
    typing(typing) {
      const [partition] = placeIn(partitions)(typing.to);
      if (link.connected()) link.nc.publish(signalSubject(partition), JSON.stringify(typing));
    },
  }) satisfies Said;

/** The signals for the actors of one partition. */
export const signalsOf = (partition: number, link: Link, log: Logger) =>
  ({
    onTyping: (hear) =>
      listen(link.nc, log, { subject: signalSubject(partition) }, (msg) =>
        hear(msg.json<Typing>()),
      ),
  }) satisfies Heard;
