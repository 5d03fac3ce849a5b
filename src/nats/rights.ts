import { headers, type NatsConnection } from "@nats-io/transport-node";
import { CHECKPOINTS, GATEWAYS, KEPT, SNAPSHOTS } from "./streams.ts";
import {
  activitySubject,
  apiSubjects,
  copySubject,
  deadletterSubject,
  factSubject,
  gatewaySubject,
  kvSubject,
  ownerSubject,
  place,
  presenceSubject,
  sessionSubject,
  signalSubject,
} from "./subjects.ts";

/**
 * The rights that a whole Posthorn needs at the broker, tried one by one without doing anything: what would be
 * stored says that it is for a stream that there is not, and what would be made cannot be read.
 */

/** The name of no stream: the broker refuses what is meant for it, behind the question of rights. */
const NOWHERE = "NOWHERE";
/** The name of no user, gateway or consumer. */
const NOBODY = "posthorn-doctor";
const INBOX = `_INBOX_posthorn.${NOBODY}`;

/** Subjects to which it publishes: a stream takes them. */
const STORED = [
  ...[factSubject, copySubject, sessionSubject, activitySubject, deadletterSubject].map((of) =>
    of(NOBODY),
  ),
  ownerSubject(0),
  kvSubject(CHECKPOINTS, "0.checkpoint"),
  kvSubject(KEPT, "0.0"),
  kvSubject(SNAPSHOTS, place(NOBODY)),
  kvSubject(GATEWAYS, NOBODY),
];
/** Subjects that it listens to. Not tried: `view.query`, where a question of somebody could come. */
const HEARD = [INBOX, gatewaySubject(NOBODY), presenceSubject(NOBODY), signalSubject(NOBODY)];

/** The broker's words about a right that is missing, in whatever error they come: what, and of which subject. */
export const VIOLATION = /permissions violation for (publish|subscription) to "([^"]+)"/i;

/** The rights that are missing, as `publish x` or `subscription y`. @throws Error when the broker does not answer. */
export async function missingRights(nc: NatsConnection): Promise<string[]> {
  const missing: string[] = [];
  const listen = async (): Promise<void> => {
    for await (const status of nc.status()) {
      if (status.type !== "error") continue;
      const [, what = "", subject] = VIOLATION.exec(status.error.message) ?? [];
      if (subject !== undefined) missing.push(`${what.toLowerCase()} ${subject}`);
    }
  };
  void listen();
  const elsewhere = headers();
  elsewhere.set("Nats-Expected-Stream", NOWHERE);
  for (const subject of STORED) nc.publish(subject, "", { headers: elsewhere, reply: INBOX });
  for (const subject of apiSubjects(NOWHERE, NOBODY)) nc.publish(subject, "?", { reply: INBOX });
  // Signals are not said: actors would hear them.
  nc.publish(gatewaySubject(NOBODY), "?");
  const heard = HEARD.map((subject) => nc.subscribe(subject, { callback: () => undefined }));
  // The server answers in order: it has refused what it refuses before it answers this.
  await nc.flush();
  // Listeners are told of refusals in a turn of their own.
  await new Promise((told) => setImmediate(told));
  for (const subscription of heard) subscription.unsubscribe();
  return [...missing];
}
