import type { Settings } from "../config/settings.ts";
import { wishOf } from "../host/broker.ts";
import type { SessionEvent } from "../events/session.ts";
import type { Link } from "../nats/connection.ts";
import { Publisher } from "../nats/publish/publisher.ts";
import { questions } from "../nats/questions.ts";
import { MailboxLog } from "../nats/read/log.ts";
import { mailboxStream, sessionSubject } from "../nats/subjects.ts";
import { BrokerTime } from "../nats/time.ts";
import { ensureTopology, hasStream, type Topology } from "../nats/topology.ts";
import type { SessionRow, SessionsAnswer } from "../protocol/frames/sessions.ts";
import { readReply } from "../protocol/internal/query.ts";
import { withBroker } from "./outside.ts";
import { UsageError } from "./command.ts";

/** A person's mailbox, as an operator's command reaches it. */
export interface PersonsMailbox {
  /** Seq of its last entry. */
  readonly head: number;
  /** The person's sessions as the views have them with the entry at `atLeast`. @throws Error when none answer. */
  sessions(atLeast: number): Promise<readonly SessionRow[]>;
  /** Stores that the person was signed out. Returns its seq. @throws Error when the broker does not take it. */
  state(event: Extract<SessionEvent, { type: "SignedOut" }>): Promise<number>;
  /** The time by the clock that entries are stamped with, ms since 1970. @throws Error when the broker does not tell it. */
  time(): Promise<number>;
}

/**
 * Runs a command about one person's mailbox, which has to be there.
 * @returns the command's exit code, or that the broker cannot be reached.
 * @throws UsageError when nobody of that name has ever been here.
 */
export function atMailbox(
  user: string,
  settings: Settings,
  command: (mailbox: PersonsMailbox) => Promise<number>,
): Promise<number> {
  return withBroker(settings, "posthorn-cli", async ({ link, scope, log }) => {
    // Looked for before streams that are missing are made.
    const topology = (await hasStream(link.nc, mailboxStream(0)))
      ? await ensureTopology(link.nc, wishOf(settings))
      : undefined;
    const mailboxes = topology && (await scope.start(new MailboxLog(link, topology)));
    const head = (await mailboxes?.head(user)) ?? 0;
    if (topology === undefined || head === 0)
      throw new UsageError(`nobody called ${JSON.stringify(user)} has ever been here`);
    const publisher = await scope.start(new Publisher(link, log));
    const clock = await scope.start(new BrokerTime(link, log));
    return command({
      head,
      sessions: (atLeast) => ask({ link, topology }, user, atLeast),
      state: (event) => publisher.publish(sessionSubject(user), JSON.stringify(event)),
      time: () => clock.age(0).then(Math.floor),
    });
  });
}

async function ask(
  { link, topology }: { link: Link; topology: Topology },
  owner: string,
  atLeast: number,
): Promise<readonly SessionRow[]> {
  let text: string;
  try {
    text = await questions(link, topology).ask({ view: "sessions", owner, atLeast });
  } catch {
    throw new Error("no views answer: is Posthorn running?");
  }
  const reply = readReply(text);
  if (reply.kind === "refusal") throw new Error(`the views do not answer now: ${reply.code}`);
  return (JSON.parse(reply.result) as SessionsAnswer).sessions;
}
