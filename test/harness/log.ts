import { connect } from "../../src/nats/connection.ts";
import { patiently } from "../../src/nats/silence.ts";
import { source } from "../../src/nats/read/sources.ts";
import { GATEWAYS } from "../../src/nats/streams.ts";
import { kvStream, mailboxStream } from "../../src/nats/subjects.ts";
import { ensureTopology, type Topology } from "../../src/nats/topology.ts";
import { positionOf } from "../../src/events/position.ts";
import type { Entry } from "../../src/events/entry.ts";
import { readFileSync } from "node:fs";
import { silent } from "../support/silent.ts";
import { logged, type LoggedEvent } from "./history/happening.ts";
import type { Pen } from "./history/recorder.ts";

/** Writes down every entry of every mailbox stream, and which gateways were declared dead. @param settings those of an operator's command. */
export async function readLog(settings: Readonly<Record<string, string>>, pen: Pen): Promise<void> {
  const { NATS_URL: url = "", NATS_USER: user = "", NATS_PASSWORD_FILE: file = "" } = settings;
  const password = readFileSync(file, "utf8").trim();
  const link = await connect({ url, user, password }, "faults", silent);
  try {
    const wish = { partitions: Number(settings["PARTITIONS"]), replicas: 3 };
    // Servers that were hurt a moment ago may be choosing a leader.
    const topology = await patiently(link, silent, () => ensureTopology(link.nc, wish));
    for (let k = 0; k < topology.partitions; k++) {
      const stream = mailboxStream(k);
      const following = source(link, topology, stream, "gathering", silent).follow(0, (batch) => {
        for (const entry of batch) if (entry.kind !== "owner") tell(stream, entry, pen);
      });
      await Promise.race([following.caughtUp, following.done]);
      await following.stop();
    }
    await tellDead(topology, pen);
  } finally {
    await link.nc.close();
  }
}

/** The last word of each gateway of the registry, where that is its end. */
async function tellDead({ jsm }: Topology, pen: Pen): Promise<void> {
  const stream = kvStream(GATEWAYS);
  const { state } = await jsm.streams.info(stream, { subjects_filter: ">" });
  for (const subject of Object.keys(state.subjects ?? {})) {
    const word = await jsm.streams.getMessage(stream, { last_by_subj: subject });
    if (word?.string() !== "dead") continue;
    pen({
      what: "declared",
      gatewayId: subject.split(".").at(-1) ?? "",
      wall: word.time.getTime(),
    });
  }
}

function tell(stream: string, entry: Entry, pen: Pen): void {
  const { seq, owner, kind, at: wall, generation = 0 } = entry;
  const position = positionOf(generation, seq);
  const event = eventOf(entry.raw);
  pen({ what: "stored", stream, seq, position, owner, kind, wall, event });
}

function eventOf(raw: string): LoggedEvent {
  try {
    return logged(JSON.parse(raw) as Record<string, unknown>);
  } catch {
    return { type: "Unreadable" };
  }
}
