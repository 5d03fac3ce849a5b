import { SILENCE, type Connection } from "./connection.ts";
import { PullConsumer } from "./consumers.ts";
import type { ReplicatedStream, Stored } from "./stream.ts";

interface Query {
  readonly seq?: number;
  readonly last_by_subj?: string;
  readonly next_by_subj?: string;
}

/** An entry as the library hands it over; its bytes are made when somebody asks for them. */
const decoderOf = ({ seq, subject, data, timestamp, at }: Stored) => ({
  seq,
  subject,
  timestamp,
  get data() {
    return Buffer.from(data);
  },
  get time() {
    return new Date(at);
  },
  string: () => data,
});

/** The part of JetStream's API that the library's manager is used for; any replica answers a direct get. */
export function managerOf(connection: Connection) {
  const { cluster } = connection;
  const { time } = cluster;
  return {
    streams: {
      info: (name: string) =>
        connection.ask(() => {
          const stream = cluster.stream(name);
          if (connection.server === cluster.isolated) return SILENCE;
          if (stream.leader === undefined) return new Error("no responders");
          return {
            state: { last_seq: stream.end },
            config: { name, num_replicas: stream.replicas.length, metadata: stream.metadata },
            ts: new Date(Date.now()).toISOString(),
          };
        }),
      async *list() {
        for (const name of cluster.streams.keys()) yield { config: { name } };
      },
      update: (name: string, { metadata }: Pick<ReplicatedStream, "metadata">) =>
        connection.ask(() => void Object.assign(cluster.stream(name), { metadata })),
    },
    direct: {
      getMessage: (name: string, { seq = 0, last_by_subj: last, next_by_subj: next }: Query) =>
        connection.ask(() => {
          const stream = cluster.stream(name);
          const replica = cluster.anyReplica(stream, connection.server);
          if (replica === undefined) return new Error("no responders");
          const upTo = stream.reach(replica, time.now);
          const found =
            last !== undefined
              ? stream.lastOf(last, upTo)
              : next !== undefined
                ? stream.next(next, seq, upTo, 1).found[0]
                : stream.at(seq, upTo);
          return found === undefined ? null : decoderOf(cluster.forge(found));
        }),
    },
    consumers: {
      add: (name: string, config: { name: string; opt_start_seq: number }) =>
        connection.ask(() => {
          const stream = cluster.stream(name);
          if (connection.server === cluster.isolated) return SILENCE;
          if (stream.leader === undefined) return new Error("no responders");
          const { opt_start_seq: from } = config;
          const made = new PullConsumer(cluster, connection, stream, { name: config.name, from });
          const upTo = stream.reach(made.replica, time.now);
          return {
            name: config.name,
            num_pending: Math.max(0, upTo - from + 1),
            cluster: { leader: `n${made.replica.server}` },
          };
        }),
      delete: (name: string, consumer: string) =>
        connection.ask(() => {
          for (const each of cluster.consumers)
            if (each.name === consumer && each.stream.name === name) each.end();
          return true;
        }),
    },
  };
}
