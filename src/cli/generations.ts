import { fromTheMonth, keptGeneration } from "../actors/generations/month.ts";
import { beginByHand } from "../actors/generations/judge.ts";
import type { Records } from "../actors/ports.ts";
import type { Settings } from "../config/settings.ts";
import { wishOf } from "../host/broker.ts";
import type { Mark } from "../events/position.ts";
import { OutrunError, type Checkpoint } from "../events/record.ts";
import { isAnyHeard } from "../nats/heard.ts";
import { isAnyAlive } from "../nats/kv/alive.ts";
import { records } from "../nats/kv/records.ts";
import { Publisher } from "../nats/publish/publisher.ts";
import { streamLog } from "../nats/read/streamlog.ts";
import { mailboxStream } from "../nats/subjects.ts";
import { ensureTopology, hasStream } from "../nats/topology.ts";
import { withBroker, type Outside } from "./outside.ts";
import { argumentsIn, carryOut, UsageError, type Run } from "./command.ts";
import { print } from "./exit.ts";

const HELP = `posthorn generation MAILBOX_0 [--from SEQ] [--again]

The mailbox stream goes on in a new generation: for a log that came back shorter where Posthorn cannot
notice it, as a restored backup (docs/operations.md, Restoring). Restore every stream first.

Every process of Posthorn must be stopped: what actors have read of the new generation already would get
another position. The command refuses while a gateway is alive; it listens for 6 s, since one may have been
killed, and where a stream has an owner it listens for 2.5 s for other processes.
Behind it, start Posthorn: it tells again what may have been lost, and rebuilds the stream's views.

  --from SEQ   the first entry that is not what it was before: too low, and messages are shown twice;
               too high, and some are not shown. Without it the generation begins behind the last
               entry: right for a restored backup before anything else is stored
  --again      its actors tell everything of the last month once more, from the lowest checkpoint that
               is kept: where its CHECKPOINT was put back alone. Say it for each mailbox stream
  -h, --help   this text

Settings are those of Posthorn (docs/operations.md).
Exit codes: 0 well, 1 failed, 2 wrong usage, 4 NATS cannot be reached
`;

const OPTIONS = {
  from: { type: "string" },
  again: { type: "boolean" },
} as const;

/** The numbers that a stream can have, and seqs: no sign, no leading zero, at most 15 digits. */
const STREAM = /^MAILBOX_(0|[1-9]\d{0,14})$/;
const SEQ = /^[1-9]\d{0,14}$/;

/** A replica hears of what was saved within moments: these are 5 s. */
const TRIES = 20;
const PAUSE_MS = 250;

interface Asked {
  /** The number of the stream. */
  readonly k: number;
  readonly from: number | undefined;
  /** Its actors tell everything again, as far back as checkpoints are kept. */
  readonly again: boolean;
}

/** `posthorn generation`: begins a generation of a mailbox stream by hand. Returns the exit code. */
export const generation: Run = (args, env) =>
  carryOut({ help: HELP, read: readArguments, run }, args, env);

/** Reads the arguments. @throws Error with what is wrong about them. */
function readArguments(args: readonly string[]): Asked {
  const { values, positionals } = argumentsIn(args, OPTIONS);
  const { from, again = false } = values;
  const [stream = "", ...more] = positionals;
  const [, k] = STREAM.exec(stream) ?? [];
  if (k === undefined || more.length > 0)
    throw new Error("name one mailbox stream, as in MAILBOX_0 (--help tells more)");
  if (from !== undefined && !SEQ.test(from))
    throw new Error(`--from: ${JSON.stringify(from)} is no seq, which is a whole number from 1 on`);
  return { k: Number(k), from: from === undefined ? undefined : Number(from), again };
}

function run(asked: Asked, settings: Settings): Promise<number> {
  return withBroker(settings, "posthorn-generation-cli", async (outside) => {
    const { generation: number, from } = await begin(asked, settings, outside);
    return print(
      `${mailboxStream(asked.k)}: generation ${number} begins at ${from}; start Posthorn now`,
    );
  });
}

/** @throws UsageError; Error when Posthorn runs, or the broker did not store it. */
async function begin(
  { k, from, again }: Asked,
  settings: Settings,
  { link, scope, log }: Outside,
): Promise<Mark> {
  const name = mailboxStream(k);
  // Looked for before streams that are missing are made, as at each start.
  const unknown = new UsageError(`there is no stream ${name}`);
  if (!(await hasStream(link.nc, name))) throw unknown;
  const topology = await ensureTopology(link.nc, wishOf(settings));
  if (k >= topology.partitions) throw unknown;
  const publisher = await scope.start(new Publisher(link, log));
  const saved = Array.from({ length: topology.partitions }, (_, j) =>
    records(j, topology, publisher, Date.now),
  );
  const owners = saved.map((_, j) => topology.owners.of(j).owner);
  if ((await isAnyAlive(topology.jsm)) || (await isAnyHeard(link.nc, owners)))
    throw new Error("Posthorn is running: stop it first");
  const [own, stream] = [saved[k], streamLog(k, link, topology)];
  if (own === undefined) throw unknown;
  const end = await stream.end();
  if (from !== undefined && from > end + 1)
    throw new UsageError(`--from: ${name} ends at ${end}, so ${end + 1} is the highest there is`);
  const known = again ? await goBack(k, saved, { epoch: stream.epoch, end }) : 0;
  const above = Math.max(await highestTold(k, saved), known);
  return beginByHand(stream, own, { from: from ?? end + 1, above });
}

/** The highest generation of stream `k` that a checkpoint names: that of another stream may be one that it has lost itself. */
async function highestTold(
  k: number,
  saved: readonly Pick<Records, "checkpoint">[],
): Promise<number> {
  const checkpoints = await Promise.all(saved.map((each) => each.checkpoint()));
  return Math.max(0, ...checkpoints.map((each) => each?.told[k] ?? 0));
}

/** Has the actors of stream `k` begin where the kept month does. Returns the highest generation that is known from it. */
async function goBack(
  k: number,
  saved: readonly Records[],
  { epoch, end }: { epoch: string; end: number },
): Promise<number> {
  const kept = await Promise.all(saved.map((each) => each.kept()));
  const own = saved[k];
  if (own !== undefined) await replaceCheckpoint(own, fromTheMonth(kept[k] ?? [], epoch, end));
  return keptGeneration(k, kept);
}

/** Any replica answers, also one that has not heard of the last checkpoint: then the save is refused, and it is read again. */
async function replaceCheckpoint(own: Records, checkpoint: Checkpoint): Promise<void> {
  for (let tries = 1; ; tries++) {
    await own.checkpoint();
    try {
      return await own.saveCheckpoint(checkpoint);
    } catch (error) {
      if (!(error instanceof OutrunError) || tries === TRIES) throw error;
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}
