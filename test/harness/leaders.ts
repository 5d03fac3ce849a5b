import type { Cluster } from "./nemesis/cluster.ts";
import type { Pen } from "./history/recorder.ts";

const LOOK_MS = 500;
/** A server that has not answered by then leads nothing just now. */
const ANSWER_MS = 400;

interface Jsz {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly cluster?: { readonly leader?: string };
    }[];
  }[];
}

/** Writes down which mailbox streams have no leader, whenever that changes. A stream has one if a server says so of itself. */
export function watchLeaders(cluster: Cluster, pen: Pen): { stop: () => void } {
  let before = "";
  const known = new Set<string>();
  const look = async (): Promise<void> => {
    const led = new Set<string>();
    for (const { name, leads } of await saidBy(cluster)) {
      known.add(name);
      if (leads) led.add(name);
    }
    const streams = [...known].filter((name) => !led.has(name)).toSorted();
    if (streams.join() === before) return;
    before = streams.join();
    pen({ what: "leaderless", streams });
  };
  // Before the cluster runs there is nothing to be asked.
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_MS);
  return { stop: () => clearInterval(timer) };
}

/** Each mailbox stream of each server, and whether that server leads it. */
async function saidBy(cluster: Cluster): Promise<{ name: string; leads: boolean }[]> {
  const answers = cluster.monitors.map(async ([server, url]) => {
    const { account_details: accounts = [] } = await jszOf(url).catch((): Jsz => ({}));
    return accounts
      .flatMap(({ stream_detail: streams = [] }) => streams)
      .filter(({ name }) => name.startsWith("MAILBOX_"))
      .map(({ name, cluster: raft }) => ({ name, leads: raft?.leader === server }));
  });
  return (await Promise.all(answers)).flat();
}

async function jszOf(url: string): Promise<Jsz> {
  const answer = await fetch(`${url}/jsz?streams=true`, { signal: AbortSignal.timeout(ANSWER_MS) });
  return (await answer.json()) as Jsz;
}
