import { afterAll, beforeAll } from "vitest";
import { connect, type Link } from "../../src/nats/connection.ts";
import { Projections, type Options } from "../../src/projections/projections.ts";
import { startBroker, type Broker } from "../support/broker.ts";
import { silent } from "../support/silent.ts";
import { MemorySource } from "../support/stream.ts";

/** A broker for all specs of a file, and a connection to it. */
export function shared(): { readonly link: Link } {
  let broker: Broker;
  let link: Link;
  beforeAll(async () => {
    broker = await startBroker();
    link = await connect({ url: broker.url }, "spec", silent);
  });
  afterAll(async () => {
    await link.drain();
    await broker.stop();
  });
  return {
    get link() {
      return link;
    },
  };
}

type Own = Pick<Options, "dir" | "serve" | "turnMs" | "pace"> &
  Pick<NonNullable<Options["company"]>, "peers"> & {
    readonly name: string;
    /** The one stream of mailboxes. */
    readonly mailbox: MemorySource;
  };

/** The views of one stream of mailboxes as one of those who keep all streams, and what they are of. */
export async function startReplica({ name, mailbox, peers, ...own }: Own) {
  const sources = [mailbox, new MemorySource("ACTIVITY")];
  const company = { self: { host: name, incarnation: name }, copies: undefined, peers };
  const views = await Projections.start({
    sources,
    mailboxOf: () => "MAILBOX_0",
    onlineMs: 20_000,
    elapsed: () => performance.now(),
    log: silent,
    company,
    ...own,
  });
  return { views, sources };
}
