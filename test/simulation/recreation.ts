import { LAYOUT, type Owner } from "../../src/events/owner.ts";
import { FIRST_RULES } from "../../src/events/since.ts";
import { Beside, ensureOwner } from "../../src/nats/firstword.ts";
import { putOwner } from "../../src/nats/owners.ts";
import { mailboxStream } from "../../src/nats/subjects.ts";
import { EPOCH_KEY, FORMAT, FORMAT_KEY } from "../../src/nats/topology.ts";
import { STREAMS } from "./cluster.ts";
import { Desk } from "./desk.ts";
import { lose } from "./losing.ts";
import type { Fault } from "./plan.ts";
import type { Stage } from "./stage.ts";

/** The first entry of a stream that knows of none before it: a negative control. */
const FORGETFUL: Omit<Owner, "epoch"> = {
  type: "StreamBegan",
  earlier: [],
  marks: [],
  rules: FIRST_RULES,
  layout: LAYOUT,
};

/**
 * A stream of mailboxes is removed under running processes, and made anew as a start makes it that misses it: empty, under another
 * epoch. Returns how to make it.
 */
export function recreate(
  sim: Stage,
  { k, hostsDownMs }: Extract<Fault, { does: "recreate" }>,
): () => void {
  const { cluster, hosts, history } = sim;
  const stream = cluster.stream(mailboxStream(k));
  for (const each of cluster.consumers) if (each.stream === stream) each.end();
  if (hostsDownMs > 0) for (const host of hosts) host.kill();
  const epoch = `e${history.cuts.length}`;
  stream.remake({ [FORMAT_KEY]: FORMAT, [EPOCH_KEY]: epoch });
  lose(sim, k);
  stream.leader = undefined;
  stream.isGone = true;
  return () => {
    stream.isGone = false;
    cluster.elect(stream);
    const begin = async ({ nc, jsm }: Desk): Promise<void> => {
      if (cluster.forgetsLives) await putOwner(nc, k, { ...FORGETFUL, epoch }, 0);
      await ensureOwner(nc, jsm, k, epoch, new Beside(jsm, STREAMS));
      cluster.time.after(hostsDownMs, () => hosts.forEach((host) => host.start()), "world");
    };
    new Desk(cluster).sitDown(begin);
  };
}
