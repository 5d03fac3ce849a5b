import type { History } from "../history/history.ts";
import { audits } from "./audits.ts";
import { cause } from "./cause.ts";
import { converged } from "./converged.ts";
import { deaf } from "./deaf.ts";
import { declared } from "./declared.ts";
import { doubled } from "./doubled.ts";
import { groupLost } from "./grouplost.ts";
import { groupOrder } from "./grouporder.ts";
import { groupRanges } from "./groupranges.ts";
import { groupTicks } from "./groupticks.ts";
import type { Invariant } from "./invariant.ts";
import { lastSeen } from "./lastseen.ts";
import { lost } from "./lost.ts";
import { memory } from "./memory.ts";
import { neighbours } from "./neighbours.ts";
import { order } from "./order.ts";
import { phantom } from "./phantom.ts";
import { privacy } from "./privacy.ts";
import { recovery } from "./recovery.ts";
import { repeats } from "./repeats.ts";
import { resume } from "./resume.ts";
import { sender } from "./sender.ts";
import { ticks } from "./ticks.ts";

/** All that is looked for, in the order of its numbers. */
const INVARIANTS: readonly Invariant[] = [
  lost,
  phantom,
  doubled,
  order,
  sender,
  ticks,
  cause,
  converged,
  lastSeen,
  audits,
  resume,
  memory,
  recovery,
  privacy,
  deaf,
  repeats,
  neighbours,
  declared,
  groupRanges,
  groupOrder,
  groupLost,
  groupTicks,
];

/** The word of a history on one promise. */
export interface Verdict extends Pick<Invariant, "id" | "promise"> {
  readonly breaches: readonly string[];
}

/** The verdicts on a history. */
export const judged = (history: History): Verdict[] =>
  INVARIANTS.map(({ id, promise, breaches }) => ({ id, promise, breaches: breaches(history) }));
