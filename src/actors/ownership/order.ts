import type { Host } from "../../events/owner.ts";
import { byWeight } from "../../events/rendezvous.ts";

/**
 * The order in which hosts are due for stream `k` of `streams`: the same for whoever knows the same hosts. The first one is
 * due, and nobody is due for more than its share; the others follow by their weights (rendezvous).
 */
export function order(k: number, streams: number, hosts: readonly Host[]): Host[] {
  const share = Math.ceil(streams / Math.max(1, hosts.length));
  const taken = new Map<string, number>();
  for (let each = 0; each < k; each++) {
    const due = dueFirst(byWeight(each, hosts), taken, share)[0];
    if (due !== undefined) taken.set(due.incarnation, (taken.get(due.incarnation) ?? 0) + 1);
  }
  return dueFirst(byWeight(k, hosts), taken, share);
}

/** The heaviest one that has not got its share is first. */
function dueFirst(
  ranked: readonly Host[],
  taken: ReadonlyMap<string, number>,
  share: number,
): Host[] {
  const due = ranked.find(({ incarnation }) => (taken.get(incarnation) ?? 0) < share);
  return due === undefined ? [...ranked] : [due, ...ranked.filter((host) => host !== due)];
}
