import type { Logger } from "pino";
import type { Signals as Heard } from "../actors/ports.ts";
import type { Signals as Said } from "../gateway/ports.ts";
import { readSignal, writeSignal } from "../protocol/internal/signal.ts";
import type { Link } from "./connection.ts";
import { listen } from "./listen.ts";
import { signalSubject, signalSubjects } from "./subjects.ts";

/** A gateway's signals, to the host that runs the slot of the one they are for. */
export const signals = (link: Link) =>
  ({
    typing(typing) {
      if (!link.connected()) return;
      link.nc.publish(signalSubject(typing.to), writeSignal({ kind: "typing", ...typing }));
    },
  }) satisfies Said;

/** The signals for the owners of some slots. */
export const signalsOf = (slots: readonly number[], link: Link, log: Logger) =>
  ({
    onSignal(hear) {
      const ends = signalSubjects(slots).map((subject) =>
        listen(link.nc, log, { subject }, (msg) => {
          const signal = readSignal(msg.string());
          if (signal !== undefined) hear(signal);
          else log.debug({ subject: msg.subject }, "a signal cannot be read");
        }),
      );
      return () => {
        for (const end of ends) end();
      };
    },
  }) satisfies Heard;
