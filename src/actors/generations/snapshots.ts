import { positionAt, seqOf } from "../../events/position.ts";
import { SNAPSHOT_VERSION, SnapshotHead } from "../../events/record.ts";
import type { Snapshots, StreamLog, Texts } from "../ports.ts";
import { evidence, isVoid } from "../../rules/evidence.ts";
import type { Keeper } from "./keeper.ts";

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
  return {
    async load(owner, upTo) {
      const { text, at } = await texts.load(owner);
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

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
