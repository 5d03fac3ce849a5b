import { positionAt, seqOf } from "../../events/position.ts";
import { SNAPSHOT_VERSION, SnapshotHead } from "../../events/record.ts";
import type { Snapshots, StreamLog, Texts } from "../ports.ts";
import { evidence, isVoid } from "../../rules/evidence.ts";
import type { Keeper } from "./keeper.ts";

/** So long a snapshot is waited for: then the mailbox is read, which says the same. */
const PATIENCE_MS = 1_000;
/** After one that could not be had, none is asked for so long: each of thousands that are loaded would wait. */
const AWAY_MS = 5_000;
const NONE = { text: undefined, at: 0 };

/**
 * Snapshots that say which entry they are of. One is of no use when it is of another form, the stream has another entry there,
 * has begun a new life or, while it is told again, when it lies beyond the entry to be folded.
 */
export function snapshots(texts: Texts, keeper: Keeper, log: StreamLog): Snapshots {
  const isTrue = async ({ epoch, on }: SnapshotHead, upTo: number): Promise<boolean> => {
    const seq = seqOf(on.position);
    if (!log.isOf({ epoch }) || !keeper.allows(seq, upTo)) return false;
    const { marks } = log.said.owner;
    return !isVoid(marks, on) && (await evidence(log, marks, [on])) === undefined;
  };
  const found = patient(texts, () => keeper.elapsed());
  return {
    async load(owner, upTo) {
      const { text, at } = await found(owner);
      const end = text?.indexOf("\n") ?? -1;
      if (text === undefined || end < 0) return { state: undefined, at };
      const head = SnapshotHead.safeParse(fromJson(text.slice(0, end)));
      const isGood = head.success && (await isTrue(head.data, upTo));
      return { state: isGood ? text.slice(end + 1) : undefined, at };
    },
    async save(owner, state, seq, after) {
      await keeper.assertSame();
      const at = await log.instantAt(seq);
      if (at === undefined) return after;
      const on = keeper.anchorAt({ position: positionAt(log.said.owner.marks, seq), at });
      const head = JSON.stringify({
        version: SNAPSHOT_VERSION,
        epoch: log.epoch,
        on,
      } satisfies SnapshotHead);
      const text = `${head}\n${state}`;
      let last = after;
      const reread = async (): Promise<void> => void (last = (await texts.load(owner)).at);
      return keeper.guard.save(reread, () => texts.save(owner, text, last));
    },
  };
}

/**
 * Loads a text, or none where it cannot be had soon: the mailbox says the same, and is read instead. The place is unknown then,
 * so saving another is refused at first.
 */
function patient(texts: Texts, elapsed: () => number): Texts["load"] {
  let awayUntil = Number.NEGATIVE_INFINITY;
  return async (owner) => {
    if (elapsed() < awayUntil) return NONE;
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      const giveUp = (): void => reject(new Error("no snapshot in time"));
      // An answer that came while this process stood still is read behind its timers.
      late = setTimeout(() => setImmediate(giveUp), PATIENCE_MS);
    });
    try {
      return await Promise.race([texts.load(owner), tooLate]);
    } catch {
      // All who are loaded next would wait as long.
      awayUntil = elapsed() + AWAY_MS;
      return NONE;
    } finally {
      clearTimeout(late);
    }
  };
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
