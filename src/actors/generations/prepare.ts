import {
  generationAt,
  latest,
  positionAt,
  positionOf,
  seqOf,
  type Mark,
} from "../../events/position.ts";
import { endingOnce, evidence, isVoid } from "../../rules/evidence.ts";
import { ClaimGuard } from "./claimguard.ts";
import { judge, ofThis } from "./judge.ts";
import { plan, type Plan, type Standing } from "./plan.ts";
import type { Records, StreamLog } from "../ports.ts";
import type { Anchor, Checkpoint, Highest } from "../../events/record.ts";

/** A stream whose actors are to start. */
export interface Stream {
  readonly log: StreamLog;
  readonly records: Records;
}

/** How the actors of a stream start. */
export interface Prepared {
  readonly plan: Plan;
  readonly highest: Highest | undefined;
}

/**
 * Looks whether stream `k` has come back shorter, begins its generation, and says where its actors go on; what is owed is saved
 * before anything of it is told. Right after any crash in between. Its owner alone does so; of the other streams, any of which may
 * be away, it takes what is known of them: a generation that is heard of later is told then.
 * @param taken the last entry that this process had taken of it, when it noticed something.
 * @param begun is told of a generation that begins.
 * @throws Error when the broker does not answer.
 */
export async function prepare(
  k: number,
  streams: readonly Stream[],
  taken?: Anchor,
  begun: (generation: number) => void = () => undefined,
): Promise<Prepared> {
  const own = streams[k];
  if (own === undefined) throw new Error(`there is no stream ${k}`);
  const generation = await judge(own.log, own.records, taken);
  if (generation !== undefined) begun(generation);
  const saved = await own.records.checkpoint();
  const told = (j: number): number => saved?.told[j] ?? 0;
  const marks = await Promise.all(
    streams.map(async ({ log }, j) => {
      const known = log.said.owner.marks;
      // The record may name a newer generation than is known here.
      return j === k || latest(known) < told(j) ? (await log.owner()).owner.marks : known;
    }),
  );
  const owes = marks.some((each, j) => latest(each) > told(j));
  const standing = await standingOf(own, marks[k] ?? [], saved, owes);
  return settle(own, plan(k, standing, marks), k, standing);
}

async function standingOf(
  { log, records }: Stream,
  marks: readonly Mark[],
  saved: Checkpoint | undefined,
  owes: boolean,
): Promise<Standing> {
  const ended = endingOnce(log);
  const end = await ended.end();
  const checkpoint = ofThis(log, saved);
  const isLost = async (each: Pick<Checkpoint, "position" | "on">): Promise<boolean> => {
    if (seqOf(each.position) > end || isVoid(marks, each)) return true;
    return (await evidence(ended, marks, [each.on])) !== undefined;
  };
  const kept = [];
  for (const each of owes ? await records.kept() : [])
    if (log.isOf(each.checkpoint)) kept.push({ ...each, isVoid: await isLost(each.checkpoint) });
  return {
    marks,
    end,
    checkpoint,
    isVoid: checkpoint !== undefined && (await isLost(checkpoint)),
    kept,
  };
}

/** Saves what is owed, if that is new. */
async function settle(
  stream: Stream,
  next: Plan,
  k: number,
  { checkpoint, marks }: Pick<Standing, "checkpoint" | "marks">,
): Promise<Prepared> {
  const { log, records } = stream;
  const isNew = (generation: number, j: number): boolean => generation > (checkpoint?.told[j] ?? 0);
  const known = ofThis(log, await records.highest());
  const highest = isNew(next.told[k] ?? 0, k) ? await standOnMark(stream, marks) : known;
  if (next.told.some(isNew)) {
    const begun = await checkpointOf(log, marks, next);
    await guardOf(log).save(
      () => records.checkpoint(),
      () => records.saveCheckpoint(begun),
    );
  }
  return { plan: next, highest };
}

/** An entry that was taken of the lost end shows nothing any more; from here on the mark itself does. */
async function standOnMark({ log, records }: Stream, marks: readonly Mark[]): Promise<Highest> {
  const { seq } = await log.owner();
  const at = await log.instantAt(seq);
  const anchor = at === undefined ? {} : { anchor: { position: positionAt(marks, seq), at } };
  const highest = { epoch: log.epoch, ...anchor, trail: [], marks: [...marks] };
  await guardOf(log).save(
    () => records.highest(),
    () => records.saveHighest(highest),
  );
  return highest;
}

/** Of actors that have not begun: nobody else needs to hear that they are over. */
const guardOf = (log: StreamLog): ClaimGuard => new ClaimGuard(log, () => undefined);

async function checkpointOf(
  log: StreamLog,
  marks: readonly Mark[],
  { begin, told, again, bare }: Plan,
): Promise<Checkpoint> {
  const position = positionOf(generationAt(marks, begin), begin);
  const at = begin === 0 ? undefined : await log.instantAt(begin);
  return {
    epoch: log.epoch,
    position,
    ...(at !== undefined && { on: { position, at } }),
    told,
    ...(again !== undefined && { again }),
    bare,
  };
}
