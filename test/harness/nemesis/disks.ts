import { existsSync, renameSync, rmSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster } from "./cluster.ts";
import type { Hand } from "./hand.ts";
import type { Fault } from "./plan.ts";
import { fill, give, isFull } from "./smalldisks.ts";

/** A server whose disk is full may ignore that it should end. */
const END_MS = 10_000;

/** Takes the disks of brokers away: they are killed, and come back with nothing. */
export async function wipe({ targets }: Fault, nemesis: Hand): Promise<string> {
  const { cluster } = nemesis.prey;
  return (await killedOver(targets, nemesis, (name) => rid(cluster, name))) ? "seen" : "";
}

/** Puts disks of brokers back to what they were, as when power fails behind a disk that has not written what it said it had. */
export async function rollBack({ targets, ms }: Fault, nemesis: Hand): Promise<string> {
  const { cluster } = nemesis.prey;
  for (const name of targets) if (!(await keep(cluster, name, nemesis))) return "";
  await nemesis.sleep(ms);
  const isBack = await killedOver(targets, nemesis, (name) => {
    rid(cluster, name);
    renameSync(older(cluster, name), store(cluster, name));
  });
  return isBack ? `to ${Math.round(ms / 100) / 10} s before` : "";
}

/** Fills the disk of a broker. When there is room again the broker is restarted, as docs/operations.md says. */
export async function fillUp({ targets: [name = ""], ms }: Fault, nemesis: Hand): Promise<string> {
  const { cluster } = nemesis.prey;
  const dir = join(cluster.dir, name);
  fill(dir);
  let seen: boolean;
  try {
    seen = await nemesis.until(() => isFull(dir));
    await nemesis.sleep(ms);
  } finally {
    give(dir);
  }
  const pid = cluster.signal(name, "SIGTERM");
  const isGone = (): boolean => pid === undefined || cluster.pidOf(name) !== pid;
  if (!(await nemesis.until(isGone, END_MS)) && cluster.pidOf(name) === pid)
    cluster.signal(name, "SIGKILL");
  return seen ? `for ${Math.round(ms / 100) / 10} s` : "";
}

const store = ({ dir }: Cluster, name: string): string => join(dir, name, "store");
const older = ({ dir }: Cluster, name: string): string => join(dir, name, "older");

/** Copies the disk of a broker, which stands still meanwhile. */
async function keep(cluster: Cluster, name: string, nemesis: Hand): Promise<boolean> {
  rmSync(older(cluster, name), { recursive: true, force: true });
  return standing(cluster, name, nemesis, () =>
    cp(store(cluster, name), older(cluster, name), { recursive: true }),
  );
}

/** Kills brokers that stand still, behind a change of their disks: none starts again before it is done. */
async function killedOver(
  names: readonly string[],
  nemesis: Hand,
  change: (name: string) => void,
): Promise<boolean> {
  const { cluster } = nemesis.prey;
  const pids = names.map((name) => [name, cluster.signal(name, "SIGSTOP")] as const);
  if (!(await nemesis.until(() => names.every((name) => cluster.isPaused(name))))) return false;
  for (const name of names) change(name);
  for (const name of names) cluster.signal(name, "SIGKILL");
  return nemesis.until(() => pids.every(([name, pid]) => cluster.pidOf(name) !== pid));
}

async function standing(
  cluster: Cluster,
  name: string,
  nemesis: Hand,
  act: () => Promise<void>,
): Promise<boolean> {
  cluster.signal(name, "SIGSTOP");
  try {
    if (!(await nemesis.until(() => cluster.isPaused(name)))) return false;
    await act();
    return true;
  } finally {
    cluster.signal(name, "SIGCONT");
  }
}

/** The files of a broker that it has open still are no longer at their place. */
function rid(cluster: Cluster, name: string): void {
  const gone = join(cluster.dir, name, "gone");
  if (existsSync(gone)) rmSync(gone, { recursive: true });
  renameSync(store(cluster, name), gone);
  rmSync(gone, { recursive: true, force: true });
}
