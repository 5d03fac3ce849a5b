import type { StreamLog } from "../../actors/ports.ts";
import { instantOfText } from "../../events/instant.ts";
import type { Link } from "../connection.ts";
import { lastOwner, putOwner } from "../owners.ts";
import { mailboxStream } from "../subjects.ts";
import type { Topology } from "../topology.ts";

/** A replica that is behind, or a mirror, finds nothing where there is something: so often it is asked. */
const TRIES = 3;

/** Mailbox stream `k` as its owner looks at it. */
export function streamLog(k: number, link: Link, topology: Topology) {
  const { jsm, owners, epochs } = topology;
  const stream = mailboxStream(k);
  return {
    epoch: epochs.get(stream) ?? "",
    end: async () => (await jsm.streams.info(stream)).state.last_seq,
    async instantAt(seq) {
      if (seq < 1) return undefined;
      for (let tries = 0; tries < TRIES; tries++) {
        const found = await jsm.direct.getMessage(stream, { seq });
        if (found !== null) return instantOfText(found.timestamp);
      }
      return undefined;
    },
    async owner() {
      const last = await lastOwner(jsm, k);
      if (last === undefined) throw new Error(`${stream} says nothing of itself`);
      owners.replace(k, last);
      return last;
    },
    async say(owner, after) {
      const seq = await putOwner(link.nc, k, owner, after);
      if (seq === undefined) return false;
      owners.replace(k, { seq, owner });
      return true;
    },
  } satisfies StreamLog;
}
