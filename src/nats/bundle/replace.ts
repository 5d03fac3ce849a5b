import { isAnyHeard } from "../heard.ts";
import { isAnyAlive } from "../kv/alive.ts";
import { isNumbered, mailboxStream, numberOf } from "../subjects.ts";
import type { Administered } from "./administered.ts";
import { ExchangeError } from "./exchange.ts";
import { clusterOf, highestGeneration, inventory, ownersOf, type Inventory } from "./inventory.ts";
import { aboveIn, doomed, isUnfinished, unfinished } from "./metadata.ts";
import { putBack } from "./putback.ts";

/** Leave to replace streams that are there. */
export interface Leave {
  readonly replace: boolean;
  /** Also to those of another cluster. */
  readonly foreign: boolean;
  readonly replicas: number | undefined;
}

/** A stream as a backup has it. */
interface Piece {
  readonly name: string;
  readonly config: { readonly name: string; metadata?: Record<string, string> };
  readonly state: { readonly messages: number; readonly last_seq: number };
}

/**
 * The streams that are there, and may be replaced by those of a backup of `origin`.
 * @throws ExchangeError when they may not.
 */
export async function assertReplaceable(
  { exchange: { nc }, jsm }: Administered,
  origin: string,
  { replace, foreign }: Leave,
): Promise<Inventory> {
  const there = await inventory(jsm);
  if ((await isAnyAlive(jsm)) || (await isAnyHeard(nc, await ownersOf(jsm, there))))
    throw new ExchangeError("Posthorn is running: stop it first");
  const infos = [...there.values()];
  // Nobody needs what a restore has left behind that was cut off.
  if (infos.some(({ config }) => isUnfinished(config.metadata))) return there;
  if (there.size > 0 && !replace)
    throw new ExchangeError(
      `there are streams already (${[...there.keys()].join(", ")}): --replace removes them`,
    );
  const cluster = await clusterOf(jsm, there);
  if (cluster !== undefined && cluster.origin !== origin && !foreign)
    throw new ExchangeError(
      "the streams that are there are of another cluster than the backup: --replace --foreign removes them all the same",
    );
  return there;
}

/**
 * Marks what is there as on its way out, and removes mailbox streams and their checkpoints, of which the backup may have fewer.
 * @returns the generation above which each stream has to begin.
 */
export async function clear({ jsm }: Administered, there: Inventory): Promise<number> {
  const noted = [...there.values()].map(({ config }) => aboveIn(config.metadata));
  const above = Math.max(await highestGeneration(jsm, there), ...noted);
  for (const { config } of there.values())
    await jsm.streams.update(config.name, {
      ...config,
      metadata: { ...doomed(config.metadata, above) },
    });
  for (const name of there.keys()) if (isRemoved(name)) await jsm.streams.delete(name);
  return above;
}

/** The first mailbox stream stays until it is replaced: it says how many there are. */
const isRemoved = (name: string): boolean => isNumbered(name) && name !== mailboxStream(0);

/** Puts back a stream in the place of what is there. @throws ExchangeError */
export async function putPiece(
  { exchange, jsm }: Administered,
  { name, config, state }: Piece,
  how: { there: Inventory; above: number; replicas: number | undefined },
  file: { parts: AsyncIterable<Uint8Array>; told: (bytes: number) => void },
): Promise<void> {
  if (how.there.has(name) && !isRemoved(name)) await jsm.streams.delete(name);
  const metadata = unfinished(config.metadata, how.above);
  const replicas = how.replicas === undefined ? {} : { num_replicas: how.replicas };
  const wanted = { config: { ...config, ...replicas, metadata }, state };
  const got = await putBack(exchange, wanted, file.parts, file.told);
  const lacks = numberOf(name) !== undefined && got.messages < state.messages;
  if (got.last_seq < state.last_seq || lacks)
    throw new ExchangeError(
      `${name}: the broker has taken ${got.messages} entries up to ${got.last_seq}, of ${state.messages} up to ${state.last_seq}`,
    );
}
