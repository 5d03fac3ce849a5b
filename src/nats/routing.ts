import type { Logger } from "pino";
import {
  readRecords,
  writeRecord,
  type RouteRecord,
  type Routing,
} from "../protocol/internal/routes.ts";
import type { Link } from "./connection.ts";
import { listen } from "./listen.ts";
import { gatewaySubject } from "./subjects.ts";

/** A core message stays well below the broker's max_payload. */
const MESSAGE_CHARS = 48 * 1024;

/** Routes to the gateways of other processes: text over core NATS, lost while the link is away. */
export const remoteRouting = (link: Link, log: Logger) =>
  ({
    route(gatewayId, records) {
      if (!link.connected()) return;
      const subject = gatewaySubject(gatewayId);
      for (const message of messages(records)) link.nc.publish(subject, Buffer.from(message));
    },
    listen: (gatewayId, hear) =>
      listen(link.nc, log, { subject: gatewaySubject(gatewayId) }, (msg) =>
        hear(readRecords(msg.string())),
      ),
  }) satisfies Routing;

/** The records' texts in as few messages as the limit allows. */
function* messages(records: readonly RouteRecord[]): Generator<string> {
  let message = "";
  for (const record of records) {
    const text = writeRecord(record);
    if (message.length > 0 && message.length + text.length > MESSAGE_CHARS) {
      yield message;
      message = "";
    }
    message += text;
  }
  if (message.length > 0) yield message;
}
