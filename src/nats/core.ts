import type { Msg, NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "pino";
import type { Activity } from "../events/activity.ts";
import { reason, type Link } from "./connection.ts";
import {
  ACTIVITY_STREAM,
  activitySubject,
  gatewaySubject,
  placeIn,
  presenceSubject,
  signalSubject,
  VIEW_SUBJECT,
} from "./subjects.ts";
import type { Topology } from "./topology.ts";

/** Longer than a view may wait for `atLeast`. */
const ANSWER_MS = 4_000;
/** A core message stays well below the broker's max_payload. */
const ROUTE_CHARS = 48 * 1024;

/** Somebody types; never stored. */
export interface Typing {
  readonly to: string;
  readonly from: string;
}

/** Core NATS: everything that is not stored. */
export function core(link: Link, topology: Topology, log: Logger) {
  const { nc } = link;
  const place = placeIn(topology.partitions);
  const publish = (subject: string, payload: string): void => {
    if (link.connected()) nc.publish(subject, Buffer.from(payload));
  };
  const listen = listenOn(nc, log);
  return {
    /** Sends what an actor host routes to a gateway; lost when there is nobody (docs/architecture.md). */
    route(gatewayId: string, records: readonly string[]): void {
      for (const batch of batches(records)) publish(gatewaySubject(gatewayId), batch);
    },
    onRoute: (gatewayId: string, hear: (records: string) => void) =>
      listen(gatewaySubject(gatewayId), undefined, (msg) => hear(msg.string())),

    typing: (typing: Typing): void =>
      publish(signalSubject(place(typing.to)[0]), JSON.stringify(typing)),
    onTyping: (partition: number, hear: (typing: Typing) => void) =>
      listen(signalSubject(partition), undefined, (msg) => hear(msg.json<Typing>())),

    active: (user: string, action: Activity["action"]): void =>
      publish(activitySubject(...place(user)), JSON.stringify({ type: "UserActive", action })),
    /** Calls back with the broker's time (ms) of each later activity of `user`. */
    onActive: (user: string, hear: (at: number) => void) =>
      listen(presenceSubject(...place(user)), undefined, (msg) => {
        hear(Date.parse(msg.headers?.get("Nats-Time-Stamp") ?? "") || 0);
      }),
    /** When `user` was last active, ms since 1970; undefined: never seen. */
    async lastActive(user: string): Promise<number | undefined> {
      const found = await topology.jsm.direct.getMessage(ACTIVITY_STREAM, {
        last_by_subj: activitySubject(...place(user)),
      });
      return found === null ? undefined : found.time.getTime();
    },

    /** Asks the views; the answer is JSON text. */
    async ask(query: string): Promise<string> {
      return (await nc.request(VIEW_SUBJECT, query, { timeout: ANSWER_MS })).string();
    },
    onQuery: (answer: (query: string) => Promise<string>) =>
      listen(VIEW_SUBJECT, "views", (msg) => {
        answer(msg.string())
          .then((reply) => msg.respond(reply))
          .catch((error: unknown) => log.error({ reason: reason(error) }, "query failed"));
      }),
  };
}

function listenOn(nc: NatsConnection, log: Logger) {
  return (subject: string, queue: string | undefined, hear: (msg: Msg) => void): (() => void) => {
    const sub = nc.subscribe(subject, {
      ...(queue !== undefined && { queue }),
      callback: (error, msg) => {
        if (error !== null) log.error({ subject, reason: error.message }, "subscription refused");
        else hear(msg);
      },
    });
    return () => sub.unsubscribe();
  };
}

/** Joins records into as few messages as the broker's limit allows. */
function* batches(records: readonly string[]): Generator<string> {
  let batch = "";
  for (const record of records) {
    if (batch.length > 0 && batch.length + record.length > ROUTE_CHARS) {
      yield batch;
      batch = "";
    }
    batch += record;
  }
  yield batch;
}

export type Core = ReturnType<typeof core>;
