import { Exchange } from "../../src/nats/bundle/exchange.ts";
import { highestGeneration, inventory } from "../../src/nats/bundle/inventory.ts";
import { doomed, unfinished } from "../../src/nats/bundle/metadata.ts";
import { backedUp } from "../../src/nats/streams.ts";
import { numberOf } from "../../src/nats/subjects.ts";
import { finish } from "../../src/cli/finish.ts";
import { STREAMS } from "./cluster.ts";
import { Desk } from "./desk.ts";
import { lose } from "./losing.ts";
import type { Stage } from "./stage.ts";
import type { Stored } from "./stream.ts";

/** A backup writes its streams one behind the other. */
const PIECE_MS = 60;
const NAMES = backedUp(STREAMS);

/** A stream as a backup has it. */
interface Piece {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: readonly Stored[];
  /** Losses before it was taken. */
  readonly losses: number;
}

/**
 * A backup is taken while everything runs. Returns how to put it back: every program is stopped, the streams are what they were, and
 * the last steps are those of `posthorn restore` itself.
 */
export function restore(sim: Stage): () => void {
  const { cluster } = sim;
  const bundle = new Map<string, Piece>();
  for (const [i, name] of NAMES.entries())
    cluster.time.after(
      i * PIECE_MS,
      () => {
        const { metadata, entries } = cluster.stream(name);
        bundle.set(name, { metadata, entries: [...entries], losses: sim.history.cuts.length });
      },
      "world",
    );
  return () => {
    stopAll(sim);
    for (const name of NAMES) {
      const stream = cluster.stream(name);
      stream.metadata = doomed(stream.metadata, 0);
    }
    new Desk(cluster).sitDown((desk) => putBack(sim, bundle, desk));
  };
}

function stopAll(sim: Stage): void {
  for (const machine of sim.machines) {
    machine.kill();
    sim.resetSockets(machine);
  }
}

async function putBack(
  sim: Stage,
  bundle: ReadonlyMap<string, Piece>,
  { nc, jsm }: Desk,
): Promise<void> {
  const { cluster } = sim;
  const above = await highestGeneration(jsm, await inventory(jsm));
  for (const [name, { metadata, entries, losses: stands }] of bundle) {
    const stream = cluster.stream(name);
    for (const each of cluster.consumers) if (each.stream === stream) each.end();
    stream.remake(unfinished(metadata, above), entries);
    // It is removed and made anew: the leader that the one before lacked is none of its troubles.
    if (stream.leader === undefined) cluster.elect(stream);
    const k = numberOf(name);
    // The end is learned from an entry, which is of the generation before.
    if (k !== undefined) lose(sim, k, { from: entries.length + 2, stands });
  }
  const broker = { exchange: new Exchange(nc), jsm, version: "", clustered: true, inbox: () => "" };
  if (cluster.forgetsLives)
    for (const [name, { metadata }] of bundle) cluster.stream(name).metadata = metadata;
  else await finish(broker, NAMES, above);
  for (const machine of sim.machines) machine.start();
}
