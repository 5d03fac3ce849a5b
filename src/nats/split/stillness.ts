import type { Administered } from "../bundle/administered.ts";
import { ExchangeError } from "../bundle/exchange.ts";
import { hostHeard } from "../heard.ts";
import { isAnyAlive } from "../kv/alive.ts";
import { mailboxStream } from "../subjects.ts";
import { LOCK } from "./onesplit.ts";

/** Times to listen for. */
interface Patience {
  /** A host beats twice a second. */
  readonly beatsMs: number;
  /** The broker forgets a reader that was killed after 15 s. */
  readonly readersMs: number;
}
const PATIENCE: Patience = { beatsMs: 1_500, readersMs: 20_000 };
const PAUSE_MS = 250;

/**
 * Looks whether Posthorn stands still: no gateway is alive, no host beats, nobody reads a mailbox stream. A process that was killed is
 * listened for, up to 20 s.
 * @throws ExchangeError that names who does not.
 */
export async function assertStill(
  broker: Administered,
  mailboxes: number,
  { beatsMs, readersMs } = PATIENCE,
): Promise<void> {
  const [host, isAlive] = await Promise.all([
    hostHeard(broker.exchange.nc, beatsMs),
    isAnyAlive(broker.jsm),
  ]);
  if (isAlive) throw new ExchangeError("Posthorn is running: a gateway is alive; stop it first");
  if (host !== undefined)
    throw new ExchangeError(`Posthorn is running: ${host} beats; stop it first`);
  const [reader] = await reading(broker, mailboxes, readersMs);
  if (reader !== undefined)
    throw new ExchangeError(
      `${reader.stream} is read by ${reader.consumer}: stop who reads it first`,
    );
}

interface Reader {
  readonly stream: string;
  readonly consumer: string;
}

/** The consumers that are still there when dead ones have been forgotten. */
async function reading(broker: Administered, mailboxes: number, ms: number): Promise<Reader[]> {
  for (const until = performance.now() + ms; ;) {
    const readers = await readersOf(broker, mailboxes);
    if (readers.length === 0 || performance.now() > until) return readers;
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}

async function readersOf({ jsm }: Administered, mailboxes: number): Promise<Reader[]> {
  const readers: Reader[] = [];
  for (let k = 0; k < mailboxes; k++)
    for await (const { name } of jsm.consumers.list(mailboxStream(k)))
      if (name !== LOCK) readers.push({ stream: mailboxStream(k), consumer: name });
  return readers;
}
