import type { OwnerEntry } from "../owners.ts";
import { isOld, type Portion } from "./deal.ts";
import type { Running } from "./running.ts";

/** The next step of a split, for what is seen of its streams: pure, so that a run that was killed goes on like any other. */

/** A stream of a split as it is now. */
export interface Observed {
  readonly share: Portion;
  /** A mirror becomes a stream of its own by promotion. */
  readonly mailbox: "absent" | "mirror" | "own";
  readonly checkpoint: "absent" | "mirror" | "own";
  /** Of an old stream: it has all its slots; some have gone and it takes the marks of new streams; it has its own alone. */
  readonly subjects: "all" | "marking" | "kept";
  /** Of a mirror: it has everything that its source had. */
  readonly isFilled: boolean;
  /** Seq of the newest entry. */
  readonly last: number;
  /** The last word on its own subject, wherever that lies; of a new stream it is the mark. */
  readonly word: OwnerEntry | undefined;
  /** Its checkpoint and its highest anchor are those of the new layout. */
  readonly isSaved: boolean;
  /** Of an old stream that is being purged: it has entries of slots that it has not. */
  readonly hasLeft: boolean;
  /** To how many streams the slots were dealt, as it says in its metadata. */
  readonly dealt: number;
}

/** The steps, each done for some streams; `fill` and `hear` are waits. docs/adr/0046 says why they come in this order. */
export type SplitStep =
  | "mirror"
  | "fill"
  | "cut"
  | "layout"
  | "mark"
  | "hear"
  | "release"
  | "promote"
  | "save"
  | "commit"
  | "purge"
  | "settle"
  | "drop"
  | "reopen"
  | "unmark"
  | "join"
  | "forget"
  | "finish";

/** A step, and the streams that it is still to be done for. */
export interface Next {
  readonly step: SplitStep;
  readonly streams: readonly Observed[];
}

/** A step, and the streams for which it is due. */
type Rule = readonly [
  step: SplitStep,
  isDue: (seen: Observed, running: Running, source: Observed | undefined) => boolean,
];

const isNew = ({ share }: Observed): boolean => !isOld(share);
const isMark = ({ word }: Observed, { layout }: Running): boolean => word?.owner.layout === layout;
const isMarked = ({ word }: Observed): boolean => word?.owner.type === "SlotsDealt";
const isBehind = ({ share, word }: Observed, { layout }: Running): boolean =>
  isOld(share) && (word?.owner.layout ?? 0) < layout;

const THERE: readonly Rule[] = [
  ["mirror", (seen) => seen.mailbox === "absent" || seen.checkpoint === "absent"],
  ["fill", (seen, _, source) => isNew(seen) && !seen.isFilled && source?.subjects === "all"],
  ["cut", (seen) => !isNew(seen) && seen.subjects === "all"],
  ["layout", isBehind],
  ["mark", (seen, running) => isNew(seen) && !isMark(seen, running)],
  ["hear", (seen) => seen.mailbox === "mirror" && seen.last < (seen.word?.seq ?? 0)],
  ["release", (seen) => !isNew(seen) && seen.subjects === "marking"],
  ["promote", (seen) => seen.mailbox === "mirror" || seen.checkpoint === "mirror"],
  ["save", (seen) => !seen.isSaved],
  ["commit", ({ share }) => share.k === 0],
];

const PURGE: readonly Rule[] = [
  ["purge", (seen) => seen.hasLeft],
  ["settle", ({ share, dealt }, { into }) => share.k > 0 && dealt !== into],
  ["finish", ({ share }) => share.k === 0],
];

const BACK: readonly Rule[] = [
  // It has the subject of its mark, which the old stream needs for a moment.
  ["drop", (seen) => isNew(seen) && seen.mailbox === "own"],
  ["reopen", (seen, _, source) => isNew(seen) && isMarked(seen) && source?.subjects === "kept"],
  ["unmark", (seen) => isNew(seen) && isMarked(seen)],
  ["layout", isBehind],
  ["join", (seen) => !isNew(seen) && seen.subjects !== "all"],
  ["drop", (seen) => isNew(seen) && (seen.mailbox !== "absent" || seen.checkpoint !== "absent")],
  ["forget", (seen) => isNew(seen) && seen.word !== undefined],
  ["finish", ({ share }) => share.k === 0],
];

const WAYS: Readonly<Record<Running["stage"], readonly Rule[]>> = {
  there: THERE,
  purge: PURGE,
  back: BACK,
};

/** The next step, which there always is until the split says nothing of itself any more. @param all by number. */
export function nextStep(running: Running, all: readonly Observed[]): Next {
  for (const [step, isDue] of WAYS[running.stage]) {
    const streams = all.filter((seen) => isDue(seen, running, all[seen.share.of]));
    if (streams.length > 0) return { step, streams };
  }
  throw new Error(`a split has no step on its way ${running.stage}`);
}
