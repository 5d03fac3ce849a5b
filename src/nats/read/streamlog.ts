import type { StreamLog } from "../../actors/ports.ts";
import { belongsTo } from "../../events/owner.ts";
import type { Link } from "../connection.ts";
import { lastOwner, putOwner } from "../owners.ts";
import { mailboxStream } from "../subjects.ts";
import type { Topology } from "../topology.ts";
import { evident } from "./evident.ts";

/** Mailbox stream `k` as its owner looks at it. */
export function streamLog(
  k: number,
  link: Pick<Link, "nc">,
  topology: Pick<Topology, "jsm" | "owners" | "replicas">,
) {
  const { jsm, owners } = topology;
  const stream = mailboxStream(k);
  return {
    get epoch() {
      return owners.of(k).owner.epoch;
    },
    isOf: (saved) => belongsTo(owners.of(k).owner, saved),
    ...evident(stream, link, topology),
    get said() {
      return owners.of(k);
    },
    async owner() {
      const last = await lastOwner(jsm, k);
      if (last === undefined) throw new Error(`${stream} says nothing of itself`);
      owners.replace(k, last);
      return last;
    },
    async say(owner, after) {
      const seq = await putOwner(link.nc, k, owner, after);
      if (seq !== undefined) owners.replace(k, { seq, owner });
      return seq;
    },
  } satisfies StreamLog;
}
