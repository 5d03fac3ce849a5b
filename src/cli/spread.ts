import type { Settings } from "../config/settings.ts";
import type { Replicated } from "../nats/balance/leaders.ts";
import { isWhole, nextReplicaMove, type ReplicaMove } from "../nats/balance/replicas.ts";
import { serversOf } from "../nats/balance/servers.ts";
import { print } from "./exit.ts";

/** A replica that lags for a moment is no reason to stop. */
const SETTLE_MS = 20_000;
const LOOK_MS = 500;

interface Parts {
  readonly settings: Settings;
  readonly streams: () => Promise<readonly Replicated[]>;
  readonly move: (move: ReplicaMove) => Promise<Replicated>;
}

/**
 * Moves replicas, one after the other, until all servers keep as many streams as the others, and says each step.
 * @throws Error with one sentence when it cannot go on; what was moved stays moved.
 */
export async function spreadReplicas({ settings, streams, move }: Parts): Promise<void> {
  const servers = await serversOf(settings.NATS_MONITOR_URL, settings.NATS_TLS_CA);
  // The broker may choose otherwise than is reckoned with: no replica has to move twice.
  let left = (await streams()).reduce((sum, { kept }) => sum + kept.length, 0);
  for (; left > 0; left--) {
    const next = nextReplicaMove(await settled(streams), servers);
    if (next === undefined) return;
    const before = performance.now();
    const { kept } = await move(next);
    const seconds = ((performance.now() - before) / 1_000).toFixed(1);
    print(`${next.stream}: from ${next.from}, now on ${kept.join(", ")} (${seconds} s)`);
  }
}

/** Says what would be moved, if the broker chose as is reckoned with. */
export async function foretellReplicas({ settings, streams }: Omit<Parts, "move">): Promise<void> {
  const servers = await serversOf(settings.NATS_MONITOR_URL, settings.NATS_TLS_CA);
  let now = await settled(streams);
  for (;;) {
    const next = nextReplicaMove(now, servers);
    if (next === undefined) return;
    const { stream, from, to } = next;
    print(`${stream}: from ${from} to ${to}, or another that keeps as few`);
    now = now.map((each) =>
      each.stream === stream
        ? { ...each, kept: each.kept.map((server) => (server === from ? to : server)) }
        : each,
    );
  }
}

/**
 * The streams, when each of them was seen on as many servers as it is to be, with all of it: under load one or another lags at each look.
 * @throws Error when one is not for 20 s.
 */
async function settled(streams: Parts["streams"]): Promise<readonly Replicated[]> {
  const whole = new Set<string>();
  for (const until = performance.now() + SETTLE_MS; ;) {
    const now = await streams();
    for (const each of now) if (isWhole(each)) whole.add(each.stream);
    const waits = now.find(({ stream }) => !whole.has(stream))?.stream;
    if (waits === undefined) return now;
    if (performance.now() > until)
      throw new Error(
        `${waits} is not on as many servers as it is to be, each with all of it: nothing is moved before it is (nats stream report)`,
      );
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}
