import type { Logger } from "pino";
import type { Source } from "../../events/source.ts";
import type { Link } from "../connection.ts";
import { numberOf } from "../subjects.ts";
import { timeOf } from "../time.ts";
import type { Topology } from "../topology.ts";
import { evident } from "./evident.ts";
import type { Pace } from "./pace.ts";
import { Follower } from "./reader.ts";

/** A stream of the broker, to be followed at a pace. */
export function source(
  link: Link,
  topology: Topology,
  stream: string,
  pace: Pace,
  log: Logger,
): Source {
  const { jsm, owners, epochs, rules } = topology;
  const k = numberOf(stream);
  return {
    name: stream,
    epoch: k === undefined ? (epochs.get(stream) ?? "") : `${epochs.get(stream)}/${owners.layout}`,
    rules: rules.get(stream) ?? 0,
    get marks() {
      return k === undefined ? [] : owners.of(k).owner.marks;
    },
    ...evident(stream, link, topology),
    last: async () => (await jsm.streams.info(stream)).state.last_seq,
    time: async () => timeOf((await jsm.streams.info(stream)).ts),
    follow(after, take) {
      const reader = new Follower({ link, topology, stream, pace, log }, after, take);
      reader.start();
      return reader;
    },
  };
}
