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
    follow(question) {
      if (!link.connected()) return;
      link.nc.publish(signalSubject(question.user), writeSignal({ kind: "follow", ...question }));
    },
    audience({ gateway, groups }) {
      if (!link.connected()) return;
      const bySubject = new Map<string, string[]>();
      for (const group of groups) {
        const subject = signalSubject(group);
        bySubject.set(subject, [...(bySubject.get(subject) ?? []), group]);
      }
      for (const [subject, some] of bySubject)
        link.nc.publish(subject, writeSignal({ kind: "audience", gateway, groups: some }));
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
