import type { Msg, NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "pino";

/**
 * A subscription of core NATS until the returned function is called. An error of `hear` is logged and
 * ends nothing. With `queue`, one of those who listen under that name hears each message.
 */
export function listen(
  nc: NatsConnection,
  log: Logger,
  { subject, queue }: { subject: string; queue?: string },
  hear: (msg: Msg) => void,
): () => void {
  const sub = nc.subscribe(subject, {
    ...(queue !== undefined && { queue }),
    callback: (refused, msg) => {
      if (refused !== null)
        return log.error({ subject, reason: refused.message }, "subscription refused");
      try {
        hear(msg);
      } catch (error) {
        log.error({ subject, error }, "message not taken");
      }
    },
  });
  return () => sub.unsubscribe();
}
