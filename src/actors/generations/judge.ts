import { NEVER, type Instant } from "../../events/instant.ts";
import type { Owner } from "../../events/owner.ts";
import { GENERATIONS_MAX, latest, seqOf, type Mark } from "../../events/position.ts";
import type { Records, StreamLog } from "../ports.ts";
import { OutrunError, type Anchor, type Highest, type Taken } from "../../events/record.ts";
import { endingOnce, evidence, type Evident } from "../../rules/evidence.ts";

/** Another process began a generation at the same moment so often: something else is wrong. */
const TRIES = 10;

/** A generation that somebody begins by hand. */
export interface Wish {
  /** Its first seq, unless an anchor shows that the log differs before it. */
  readonly from: number;
  /** Its number is above this one, besides those that the log and the stream's own records know. */
  readonly above: number;
  /** The stream was put back from a backup, and goes on under this epoch. */
  readonly epoch?: string;
}

/**
 * Compares a stream with what was saved of it, and begins a generation if it has come back shorter.
 * @param taken the last entry that this process had taken, when it noticed something.
 * @returns the number of the generation begun; undefined: none.
 * @throws Error when the broker does not answer, or the generations are used up.
 */
export async function judge(
  log: StreamLog,
  records: Records,
  taken?: Anchor,
): Promise<number | undefined> {
  return (await begin(log, records, { taken }))?.generation;
}

/**
 * Begins a generation for what no anchor shows. The stream's actors must not run meanwhile: an entry that
 * they have read would get another position.
 * @throws Error as `judge`.
 */
export async function beginByHand(log: StreamLog, records: Records, wish: Wish): Promise<Mark> {
  const mark = await begin(log, records, { wish });
  if (mark === undefined) throw new Error("no generation was begun");
  return mark;
}

/** A reason that the caller may have. */
interface Given {
  readonly taken?: Anchor | undefined;
  readonly wish?: Wish;
}

/** Begins a generation where there is a reason to; undefined: there is none. */
async function begin(log: StreamLog, records: Records, given: Given): Promise<Mark | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { owner } = await log.owner();
    const highest = ofThis(log, await records.highest());
    const on = ofThis(log, await records.checkpoint())?.on;
    const ended = endingOnce(log);
    const reasons = await reasonsFor(ended, owner.marks, highest, { ...given, on });
    if (reasons === undefined) return undefined;
    const next = await following(ended, owner, reasons);
    // First outside, so that the number is never used twice, whatever the log loses.
    const saving = records.saveHighest({ ...(highest ?? beginning(log)), marks: next.marks });
    if (!(await isDone(saving))) continue;
    const now = await log.owner();
    if (saidIn(now.owner) !== saidIn(owner)) continue;
    if ((await log.say(next, now.seq)) !== undefined) return next.marks.at(-1);
  }
  throw new Error("the stream's own entries change under this process");
}

/** False: something else was saved since, by an owner of before, or by this one with an answer that was lost. */
const isDone = (saving: Promise<void>): Promise<boolean> =>
  saving.then(
    () => true,
    (error: unknown) => {
      if (error instanceof OutrunError) return false;
      throw error;
    },
  );

/** All that a stream says of itself. An entry by which its end was asked for says the same again. */
const saidIn = (owner: Owner): string => JSON.stringify({ ...owner, type: undefined });

/** undefined: the log is what was saved of it, and nobody wishes for a generation. */
async function reasonsFor(
  log: Evident,
  marks: readonly Mark[],
  highest: Highest | undefined,
  { taken, on, wish }: Given & { readonly on: Anchor | undefined },
): Promise<Reasons | undefined> {
  const bad = await evidence(log, marks, [taken, on, highest?.anchor]);
  const lost = (highest?.marks ?? []).filter((mark) => mark.generation > latest(marks));
  if (bad === undefined && lost.length === 0 && wish === undefined) return undefined;
  return { bad, lost, wish, trail: highest?.trail ?? [] };
}

/** Something that was saved, if it is of this stream. */
export const ofThis = <Saved extends { readonly epoch: string }>(
  log: StreamLog,
  saved: Saved | undefined,
): Saved | undefined => (saved !== undefined && log.isOf(saved) ? saved : undefined);

export const beginning = ({ epoch }: StreamLog): Highest => ({ epoch, trail: [], marks: [] });

/** The reasons why a stream begins a generation. */
interface Reasons {
  readonly bad: Anchor | undefined;
  /** Marks that were saved and are not in the log. */
  readonly lost: readonly Mark[];
  readonly wish: Wish | undefined;
  readonly trail: readonly Anchor[];
}

/** The stream's word about itself when the next generation has begun. */
async function following(
  log: Evident,
  owner: Owner,
  { bad, lost, wish, trail }: Reasons,
): Promise<Owner> {
  const known = [...owner.marks, ...lost];
  const generation = Math.max(wish?.above ?? 0, ...known.map((mark) => mark.generation)) + 1;
  if (generation >= GENERATIONS_MAX) throw new Error("the generations of the stream are used up");
  const end = await log.end();
  const from = Math.min(
    end + 1,
    wish?.from ?? end + 1,
    // Marks that were lost stand in the new list again; one that was never stored had found its seq.
    ...(bad === undefined ? lost.map((mark) => mark.from) : [await firstAfter(log, bad.at, end)]),
    ...(await differing(log, owner.marks, trail)),
  );
  const times = [(await log.instantAt(from - 1)) ?? NEVER, ...lost.map(({ before }) => before)];
  const [before = NEVER] = times.toSorted();
  const marks = known.filter((mark) => mark.from < from).toSorted((a, b) => a.from - b.from);
  return under(wish?.epoch, { ...owner, marks: [...marks, { generation, from, before }] });
}

/** The word of a stream in which a generation has begun, under another epoch if it was put back. */
const under = (epoch: string | undefined, owner: Owner): Owner =>
  epoch === undefined
    ? { ...owner, type: "GenerationBegan" }
    : { ...owner, type: "PutBack", epoch, earlier: [...owner.earlier, owner.epoch] };

/** The seqs of the trail at which the log has something else: a clock that stepped back does not hide it. */
async function differing(
  log: Evident,
  marks: readonly Mark[],
  trail: readonly Taken[],
): Promise<number[]> {
  const seqs: number[] = [];
  for (const anchor of trail)
    if ((await evidence(log, marks, [anchor])) !== undefined) seqs.push(seqOf(anchor.position));
  return seqs;
}

/** The first seq stored after `instant`, by bisection; one above `end` when there is none. */
async function firstAfter(log: Evident, instant: Instant, end: number): Promise<number> {
  let low = 1;
  let high = end + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    let seq = middle;
    let at = await log.instantAt(seq);
    while (at === undefined && seq < high - 1) at = await log.instantAt(++seq);
    if (at !== undefined && at <= instant) low = seq + 1;
    else high = middle;
  }
  return low;
}
