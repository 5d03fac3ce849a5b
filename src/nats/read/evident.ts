import type { Evident } from "../../rules/evidence.ts";
import { instantOfText } from "../../events/instant.ts";
import type { Link } from "../connection.ts";
import { lastOwner, putOwner } from "../owners.ts";
import { numberOf } from "../subjects.ts";
import type { Topology } from "../topology.ts";
import { asking } from "./again.ts";
import { entryAt } from "./entryat.ts";

/** Another process says something of the stream at the same moment so often: something else is wrong. */
const TRIES = 10;
/** A replica may not have that process's entry yet. */
const PAUSE_MS = 50;
/** A replica has by then what was read from another one a moment ago; to ask for the end instead is an entry. */
const LAG_MS = 10;

/**
 * A stream as anchors are compared with it. A leader that was cut off goes on answering for up to 20 s with the end
 * it knows, so with several replicas the end is learned from the answer to an entry that is stored: the stream says
 * once more what it says of itself. ACTIVITY, which has no own subject, begins no generation: there any answer is enough.
 */
export function evident(
  stream: string,
  link: Pick<Link, "nc">,
  topology: Pick<Topology, "jsm" | "owners" | "replicas">,
): Evident {
  const { jsm, replicas } = topology;
  const k = numberOf(stream);
  return {
    async end() {
      const { state, config } = await asking(() => jsm.streams.info(stream));
      if (config.num_replicas === 1 || k === undefined) return state.last_seq;
      return askEnd(k, link, topology);
    },
    async instantAt(seq) {
      const found = await entryAt(jsm, stream, seq, replicas > 1 ? LAG_MS : 0);
      return found && instantOfText(found.timestamp);
    },
  };
}

/** Stores an entry in mailbox stream `k`, whose seq is the end. @throws Error when it was not stored. */
async function askEnd(
  k: number,
  { nc }: Pick<Link, "nc">,
  { jsm, owners }: Pick<Topology, "jsm" | "owners">,
): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) await new Promise((done) => setTimeout(done, PAUSE_MS));
    const last = await lastOwner(jsm, k);
    if (last === undefined) throw new Error(`mailbox stream ${k} says nothing of itself`);
    const owner = { ...last.owner, type: "EndAsked" } as const;
    const seq = await putOwner(nc, k, owner, last.seq);
    if (seq === undefined) continue;
    owners.replace(k, { seq, owner });
    return seq;
  }
  throw new Error("the stream's own entries change under this process");
}
