import type { JetStreamManager } from "@nats-io/jetstream";
import type { Replicated } from "./leaders.ts";

/** A stream as the server that leads it says. */
export interface Placed extends Replicated {
  /** Entries that those who do not have all of it still lack, as far as it knows. */
  readonly lag: number;
}

/** A stream and who keeps it. Where nobody leads it, nobody keeps it. */
export async function keptOf(jsm: JetStreamManager, stream: string): Promise<Placed> {
  // A stream that nobody leads does not answer.
  const info = await jsm.streams.info(stream).catch(() => undefined);
  const { leader = "", replicas: others = [] } = info?.cluster ?? {};
  const replicas = info?.config.num_replicas ?? 0;
  if (leader === "") return { stream, leader: undefined, ready: [], kept: [], replicas, lag: 0 };
  const ready = others.filter(({ current, offline }) => current && !offline);
  const names = (some: typeof others): string[] => [leader, ...some.map(({ name }) => name)];
  const behind = others.filter((each) => !ready.includes(each));
  const lag = behind.reduce((sum, each) => sum + (each.lag ?? 0), 0);
  return { stream, leader, ready: names(ready), kept: names(others), replicas, lag };
}
