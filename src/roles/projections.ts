import { join } from "node:path";
import type { Logger } from "pino";
import type { Settings } from "../config/config.ts";
import { Query } from "../protocol/internal/query.ts";
import { source, type Source } from "../nats/read/reader.ts";
import { ACTIVITY_STREAM, mailboxStream, partitionOf } from "../nats/subjects.ts";
import { startProjections, type Projections } from "../projections/projections.ts";
import type { Nats, Undo } from "../host/broker.ts";

/** Keeps the views and answers questions. @throws Error when the folder cannot be used. */
export async function startViews(
  settings: Settings,
  { link, topology, core }: Nats,
  mailboxes: readonly Source[],
  undo: Undo,
  parent: Logger,
): Promise<Projections> {
  const log = parent.child({ part: "projections" });
  const views = await startProjections({
    sources: [...mailboxes, source(link, topology, ACTIVITY_STREAM, log)],
    dir: join(settings.DATA_DIR, "views"),
    mailboxOf: (owner) => mailboxStream(partitionOf(owner, topology.partitions)),
    now: Date.now,
    onlineMs: settings.ONLINE_MS,
    log,
  });
  undo.push(() => views.stop());
  const off = core.onQuery(async (text) => {
    const query = Query.safeParse(JSON.parse(text));
    return JSON.stringify(query.success ? await views.answer(query.data) : { error: "internal" });
  });
  undo.push(async () => off());
  return views;
}
