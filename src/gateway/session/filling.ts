import type { LogReading } from "../ports.ts";
import type { Connected } from "./addressee.ts";
import type { Parts } from "./parts.ts";
import type { Effect, Fill, Happening, Line } from "./session.ts";

type Of<T extends Effect["do"]> = Extract<Effect, { do: T }>;

/** How often a slow reader is looked at, while history waits for it. */
const ROOM_MS = 5;
/** Characters of entries that go out in one write. */
const BATCH_CHARS = 64 * 1024;

/**
 * Begins to read the log while the session's opening is being stored: the first entries are there when the
 * client is welcomed. Not for one that was turned away, nor for a cursor of another life of the log.
 */
export function readAhead({ user, since }: Of<"readAhead">, on: Connected, parts: Parts): void {
  const { world, openings } = parts;
  if (on.session.is !== "opening") return;
  if (since !== undefined && since.epoch !== world.epochOf(user)) return;
  on.reading = world.begin(user, since?.seq ?? 0, openings);
}

/** Reads the log for a session, no faster than its client reads, and until the reading counts no more. */
export async function fill(
  { user, fill: wish }: Of<"fill">,
  on: Connected,
  parts: Parts,
): Promise<void> {
  const wanted = (): boolean => on.session.is === "live" && on.session.fill === wish;
  const reading = take(user, wish, on, parts);
  let pages = 0;
  try {
    for await (const { entries, pending } of reading.pages(wish.upTo)) {
      if (pages++ === 0) on.happen(await weighed(user, wish, entries.length + pending, parts));
      for (const batch of batches(entries)) {
        await room(on, parts, wanted);
        if (!wanted()) return;
        on.happen({ type: "read", fill: wish, entries: batch });
      }
      if (!wanted()) return;
    }
    on.happen({ type: "filled", fill: wish });
  } catch (error) {
    if (!wanted()) return;
    parts.chronicle.failed(error, "mailbox not read; the client comes back");
    on.happen({ type: "unread" });
  } finally {
    if (on.reading === reading) dropReading(on);
  }
}

/**
 * The reading that has begun ahead, if it begins where a session's first wish does. A reading is taken once, and a resync
 * may begin where the reading began that it breaks off: with a cursor one before the head.
 */
function take(
  user: string,
  { after, first }: Fill,
  on: Connected,
  { world, openings }: Parts,
): LogReading {
  if (!first || on.reading?.after !== after) {
    dropReading(on);
    on.reading = world.begin(user, after, openings);
  }
  return on.reading;
}

/** Nobody waits for the reading any more. */
export function dropReading(on: Connected): void {
  on.reading?.stop();
  on.reading = undefined;
}

/**
 * Room before each part of a page, since a page may be more than a socket may have waiting. The writes of one
 * turn of the loop go out at its end, so they are looked at again behind it before a reader is called slow.
 */
async function room({ wire }: Connected, { limits }: Parts, wanted: () => boolean): Promise<void> {
  const most = limits.queueBytes / 4;
  if (wire.backlog > most) await new Promise((go) => setImmediate(go));
  while (wanted() && wire.backlog > most) await new Promise((go) => setTimeout(go, ROOM_MS));
}

/** Entries in parts of about as many characters as go out in one write. */
function* batches(entries: readonly Line[]): Generator<readonly Line[]> {
  let from = 0;
  let chars = 0;
  for (const [i, { raw }] of entries.entries()) {
    chars += raw.length;
    if (chars < BATCH_CHARS) continue;
    yield entries.slice(from, i + 1);
    from = i + 1;
    chars = 0;
  }
  if (from < entries.length) yield entries.slice(from);
}

/** Compares the client's claim with the log, behind the first answer of it, which brings the newest marks. */
async function weighed(
  user: string,
  wish: Fill,
  entries: number,
  { world }: Parts,
): Promise<Happening> {
  if (wish.claim !== undefined && !(await world.holds(user, wish.claim)))
    return { type: "differs", fill: wish };
  return { type: "counted", fill: wish, entries };
}
