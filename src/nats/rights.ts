import { headers, type NatsConnection, type Subscription } from "@nats-io/transport-node";
import { RULES } from "../events/since.ts";
import type { Bystander } from "../protocol/internal/beat.ts";
import type { Link } from "./connection.ts";
import { VIEW_QUEUE } from "./questions.ts";
import { GATEWAYS, SNAPSHOTS } from "./streams.ts";
import {
  activitySubject,
  consumerSubjects,
  copySubject,
  deadletterSubject,
  factSubject,
  gatewaySubject,
  groupSubject,
  handoutSubject,
  checkpointSubject,
  HOST_SUBJECTS,
  hostSubject,
  kvSubject,
  OWNER_SUBJECTS,
  ownerSubject,
  place,
  presenceSubject,
  readSubjects,
  sessionSubject,
  stepdownSubject,
  REPLICA_SUBJECTS,
  replicaSubject,
  signalSubject,
  streamCreateSubject,
  offerSubject,
  sumsSubject,
  tickSubject,
  viewAgainSubject,
  viewSubject,
} from "./subjects.ts";

/**
 * The rights that roles need at the broker, tried one by one without doing anything: what would be stored says that it is for a stream
 * that there is not, and what would be made cannot be read. docker/nats.conf grants them, and no more.
 */

/** The roles that have rights of their own. `maker`: who makes the streams. */
export type Trustee = "gateway" | "actors" | "projections" | "maker";

/** The name of no stream: the broker refuses what is meant for it, behind the question of rights. */
const NOWHERE = "NOWHERE";
/** The name of no user, gateway or consumer. */
const NOBODY = "posthorn-doctor";

/** The subjects of a role. */
interface Needs {
  /** It publishes there, and a stream takes it. */
  readonly stored?: readonly string[];
  /** It publishes there, and others hear it: each with something that does nothing. */
  readonly said?: readonly (readonly [subject: string, text: string])[];
  /** It listens there; in a queue, where there is one. */
  readonly heard?: readonly (readonly [subject: string, queue?: string])[];
  /** It asks the broker there. */
  readonly asked?: readonly string[];
}

const READS = readSubjects(NOWHERE);
const FOLLOWS = [...READS, ...consumerSubjects(NOWHERE, NOBODY)];

/** The word of a process that runs nothing. */
const IDLE: Bystander = { host: NOBODY, incarnation: NOBODY, version: "none", rules: RULES };
const BEAT = [hostSubject(NOBODY), JSON.stringify(IDLE)] as const;

const NEEDS: Readonly<Record<Trustee, Needs>> = {
  gateway: {
    stored: [
      factSubject(NOBODY),
      sessionSubject(NOBODY),
      tickSubject(NOBODY),
      activitySubject(NOBODY),
      kvSubject(GATEWAYS, NOBODY),
    ],
    said: [
      BEAT,
      [viewSubject(NOWHERE), "?"],
      [viewAgainSubject(NOWHERE), "?"],
      [signalSubject(NOBODY), JSON.stringify({ to: NOBODY, from: NOBODY })],
    ],
    heard: [[gatewaySubject(NOBODY)], [groupSubject(NOBODY)], [presenceSubject(NOBODY)]],
    asked: READS,
  },
  actors: {
    stored: [
      factSubject(NOBODY),
      copySubject(NOBODY),
      sessionSubject(NOBODY),
      ownerSubject(0),
      deadletterSubject(NOBODY),
      checkpointSubject(0, "reached"),
      checkpointSubject(0, "kept.0"),
      kvSubject(SNAPSHOTS, place(NOBODY)),
      kvSubject(SNAPSHOTS, `${place(NOBODY)}.a.0`),
      kvSubject(GATEWAYS, NOBODY),
    ],
    said: [BEAT, [gatewaySubject(NOBODY), "?"], [groupSubject(NOBODY), "?"]],
    heard: [[signalSubject(NOBODY)], [HOST_SUBJECTS], [OWNER_SUBJECTS]],
    asked: [...FOLLOWS, stepdownSubject(NOWHERE)],
  },
  projections: {
    said: [
      BEAT,
      [replicaSubject(NOBODY), "?"],
      [viewSubject(NOWHERE), "?"],
      [viewAgainSubject(NOWHERE), "?"],
      [sumsSubject(NOWHERE, NOBODY), "?"],
      [offerSubject(NOWHERE, NOBODY), "?"],
      [handoutSubject(NOBODY), "?"],
    ],
    heard: [
      [viewSubject(NOWHERE), VIEW_QUEUE],
      [viewAgainSubject(NOWHERE)],
      [offerSubject(NOWHERE, NOBODY), VIEW_QUEUE],
      [handoutSubject(NOBODY)],
      [REPLICA_SUBJECTS],
      [sumsSubject(NOWHERE, NOBODY)],
    ],
    asked: FOLLOWS,
  },
  maker: { stored: [ownerSubject(0)], asked: [...READS, streamCreateSubject(NOWHERE)] },
};

/** The broker's words about a right that is missing, in whatever error they come: what, and of which subject. */
export const VIOLATION = /permissions violation for (publish|subscription) to "([^"]+)"/i;

/** The rights that these roles miss, as `publish x` or `subscription y`. @throws Error when the broker does not answer. */
export async function missingRights(
  link: Pick<Link, "nc" | "inbox">,
  trustees: readonly Trustee[],
): Promise<string[]> {
  const { nc, inbox } = link;
  const missing = new Set<string>();
  const listen = async (): Promise<void> => {
    for await (const status of nc.status()) {
      if (status.type !== "error") continue;
      const [, what = "", subject] = VIOLATION.exec(status.error.message) ?? [];
      if (subject !== undefined) missing.add(`${what.toLowerCase()} ${subject}`);
    }
  };
  void listen();
  const reply = inbox();
  const answers = nc.subscribe(reply, { callback: () => undefined });
  const ends = trustees.map((trustee) => tryAll(nc, NEEDS[trustee], reply));
  // The server answers in order: it has refused what it refuses before it answers this.
  await nc.flush();
  // Listeners are told of refusals in a turn of their own.
  await new Promise((told) => setImmediate(told));
  for (const subscription of [answers, ...ends.flat()]) subscription.unsubscribe();
  return [...missing];
}

/** Tries each right once. Returns what it listens to. */
function tryAll(nc: NatsConnection, needs: Needs, reply: string): Subscription[] {
  const { stored = [], said = [], heard = [], asked = [] } = needs;
  const elsewhere = headers();
  elsewhere.set("Nats-Expected-Stream", NOWHERE);
  for (const subject of stored) nc.publish(subject, "", { headers: elsewhere, reply });
  for (const subject of asked) nc.publish(subject, "?", { reply });
  for (const [subject, text] of said) nc.publish(subject, text);
  // A refusal comes as a status of the connection.
  return heard.map(([subject, queue]) =>
    nc.subscribe(subject, { ...(queue && { queue }), callback: () => undefined }),
  );
}
