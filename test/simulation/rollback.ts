import { generationAt, generationOf, seqOf } from "../../src/events/position.ts";
import {
  checkpointStream,
  checkpointSubject,
  mailboxStream,
  ownerSubject,
} from "../../src/nats/subjects.ts";
import type { Cluster } from "./cluster.ts";
import type { History } from "./history.ts";
import { lose } from "./losing.ts";
import type { Fault } from "./plan.ts";
import type { Stage } from "./stage.ts";
import type { ReplicatedStream } from "./stream.ts";

type Rollback = Extract<Fault, { does: "rollback" }>;

/**
 * The servers of a stream end, and come back without the end of it, as two of three stores that were put back make it. Returns how
 * to go on. Connections stay: their programs are told nothing.
 */
export function rollBack(sim: Stage, { k, entries, keepsIds, hostsDownMs }: Rollback): () => void {
  const { cluster, hosts, history } = sim;
  const { time } = cluster;
  const stream = cluster.stream(mailboxStream(k));
  stream.leader = undefined;
  for (const each of cluster.consumers) if (each.stream === stream) each.end();
  if (hostsDownMs > 0) for (const host of hosts) host.kill();
  const end = Math.min(stream.end - entries, highestAnchor(cluster, history, k) - 1);
  if (end > beginOf(stream, k)) {
    stream.rollBack(end, { keepsIds });
    lose(sim, k);
  }
  const again = (): void => {
    for (const host of hosts) host.start();
  };
  return () => {
    if (stream.leader === undefined) cluster.elect(stream);
    time.after(hostsDownMs, again, "world");
  };
}

/** The seq at which this life of a stream begins: with its disks alone nobody puts back what was there before a restore (its metadata says another epoch). */
const beginOf = ({ entries }: ReplicatedStream, k: number): number =>
  entries.findLast(({ subject, data }) => subject === ownerSubject(k) && data.includes("PutBack"))
    ?.seq ?? 0;

/** The seq of the highest anchor that was saved of a stream: a loss that none shows is not promised to be noticed (ADR 18). */
function highestAnchor(cluster: Cluster, history: History, k: number): number {
  const saved = cluster.stream(checkpointStream(k));
  const marks = history.marksOf(k);
  const seqs = ["highest", "reached"].flatMap((key) => {
    const last = saved.lastOf(checkpointSubject(k, key), saved.end);
    const record = last === undefined ? {} : (JSON.parse(last.data) as Saved);
    const position = (record.anchor ?? record.on)?.position ?? 0;
    return generationAt(marks, seqOf(position)) === generationOf(position) ? seqOf(position) : [];
  });
  return Math.max(1, ...seqs);
}

interface Saved {
  readonly anchor?: { readonly position: number };
  readonly on?: { readonly position: number };
}
