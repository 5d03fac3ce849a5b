import type { Msg, NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "pino";
import { Seldom } from "../seldom.ts";

/** Hears a message. An error is logged, ten a minute for each subscription, and ends nothing. */
type Hear = (msg: Msg) => void | Promise<void>;

/**
 * A subscription of core NATS until the returned function is called. With `queue`, one of those who listen under that name hears each
 * message. `tell`: writes the line about a message that was not taken.
 */
export function listen(
  nc: NatsConnection,
  log: Logger,
  { subject, queue }: { subject: string; queue?: string },
  hear: Hear,
  tell = (line: object): void => log.error(line, "message not taken"),
): () => void {
  const seldom = new Seldom();
  const notTaken = (error: unknown): void =>
    seldom.tell((more) => tell({ subject, error, ...more }));
  const sub = nc.subscribe(subject, {
    ...(queue !== undefined && { queue }),
    callback: (refused, msg) => {
      const reason = refused?.message;
      if (refused !== null)
        return seldom.tell((more) =>
          log.error({ subject, reason, ...more }, "subscription refused"),
        );
      try {
        const taking = hear(msg);
        // A function whose answer nobody asked for may have one.
        if (taking instanceof Promise) taking.catch(notTaken);
      } catch (error) {
        notTaken(error);
      }
    },
  });
  return () => sub.unsubscribe();
}
