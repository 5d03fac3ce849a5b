import type { JetStreamManager } from "@nats-io/jetstream";
import { kvStream, kvSubject } from "../subjects.ts";
import { GATEWAYS } from "../streams.ts";
import { find } from "../topology.ts";
import { RENEW_MS } from "./registration.ts";
import { wordOf } from "./words.ts";

/** A gateway that lives renews its word within this. */
const LISTEN_MS = 3 * RENEW_MS;
const PAUSE_MS = 250;
const STREAM = kvStream(GATEWAYS);

/**
 * The gateways that have neither said goodbye nor been declared dead, and where their last words lie. One that was killed
 * is among them until a host has declared it. @throws Error when the broker does not answer.
 */
export async function registered(jsm: JetStreamManager): Promise<ReadonlyMap<string, number>> {
  const prefix = kvSubject(GATEWAYS, "");
  // A restore puts back no registry: nobody runs who would need it.
  const registry = await find(jsm, STREAM, { subjects_filter: `${prefix}>` });
  const last = (subject: string) => jsm.direct.getMessage(STREAM, { last_by_subj: subject });
  const found = await Promise.all(Object.keys(registry?.state.subjects ?? {}).map(last));
  const words = found.flatMap((each) => {
    if (each === null) return [];
    const owner = each.subject.slice(prefix.length);
    return wordOf({ owner, seq: each.seq, raw: each.string() }) ?? [];
  });
  const alive = words.filter(({ is }) => is === "alive");
  return new Map(alive.map(({ gatewayId, revision }) => [gatewayId, revision]));
}

/**
 * Does a gateway run, other than `but`? At once where none is registered; else each is listened for, up to `ms`: a
 * killed one says nothing more. @throws Error when the broker does not answer.
 */
export async function isAnyAlive(
  jsm: JetStreamManager,
  but?: string,
  ms = LISTEN_MS,
): Promise<boolean> {
  const others = async () => [...(await registered(jsm))].filter(([id]) => id !== but);
  const before = new Map(await others());
  const end = performance.now() + ms;
  while (before.size > 0 && performance.now() < end) {
    await new Promise((done) => setTimeout(done, PAUSE_MS));
    if ((await others()).some(([id, revision]) => before.get(id) !== revision)) return true;
  }
  return false;
}
