import type { Logger } from "pino";
import { readGroupRecord, writeGroupRecord } from "../protocol/internal/grouprecord.ts";
import { readParcel, writeBeat, writeBegin, writeRecord } from "../protocol/internal/parcel.ts";
import type { Numbers, RouteRecord, Routing } from "../protocol/internal/routes.ts";
import type { Link } from "./connection.ts";
import { listen } from "./listen.ts";
import { Seldom } from "../seldom.ts";
import { gatewaySubject, groupSubject } from "./subjects.ts";

/** A core message stays well below the broker's max_payload. */
const MESSAGE_CHARS = 48 * 1024;

/**
 * Routes of a host to the gateways of other processes: text over core NATS, lost while the link is away. The parcels are numbered
 * all the same, so that the gateway sees that some are missing.
 */
export function remoteRouting(link: Link, numbers: Numbers, log: Logger) {
  const { host } = numbers;
  const publish = (subject: string, text: string): void => {
    if (link.connected()) link.nc.publish(subject, Buffer.from(text));
  };
  const send = (gatewayId: string, text: string): void => publish(gatewaySubject(gatewayId), text);
  return {
    route(gatewayId, records) {
      const begin = (): string => writeBegin(host, numbers.next(gatewayId));
      for (const text of parcels(records, begin)) send(gatewayId, text);
    },
    beat: (gatewayId, streams, moved) =>
      send(gatewayId, writeBeat(host, numbers.next(gatewayId), streams, moved)),
    near: () => [],
    spread: (group, record) => publish(groupSubject(group), writeGroupRecord(record)),
    attend(group, hear) {
      const subject = groupSubject(group);
      return listen(link.nc, log, { subject }, (msg) => {
        const record = readGroupRecord(msg.string());
        if (record === undefined) log.debug({ subject }, "a group's record cannot be read");
        else hear(record);
      });
    },
    listen(gatewayId, hear) {
      const subject = gatewaySubject(gatewayId);
      const seldom = new Seldom();
      const unreadable = (): void =>
        seldom.tell((more) => log.warn({ subject, ...more }, "route not readable"));
      return listen(link.nc, log, { subject }, (msg) => {
        const parcel = readParcel(msg.string(), unreadable);
        if (parcel === undefined) unreadable();
        else hear(parcel);
      });
    },
  } satisfies Routing;
}

/** The records' texts in as few parcels as the limit allows. */
function* parcels(records: readonly RouteRecord[], begin: () => string): Generator<string> {
  let parcel = "";
  for (const record of records) {
    const text = writeRecord(record);
    if (parcel.length > 0 && parcel.length + text.length > MESSAGE_CHARS) {
      yield parcel;
      parcel = "";
    }
    parcel ||= begin();
    parcel += text;
  }
  if (parcel.length > 0) yield parcel;
}
