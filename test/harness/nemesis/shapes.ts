import type { Shape } from "../broken/builds.mjs";
import { BROKERS, type Episode, type Fault } from "./plan.ts";

/** Plans of negative controls: what a broken rule does shows only under faults that a plan for everything has seldom, or never. */

/** Two brokers have copied their disks, and have chosen leaders behind that, within this. */
const BEHIND_MS = 25_000;
/** Devices that come back again and again, while what they are sent goes on: of the two who write all the time, and of some others. */
const RESTLESS = [
  "paul-script",
  "oscar-script",
  "alice-phone",
  "bob-phone",
  "carol-phone",
] as const;
/** The time of that: each of them comes back some five times. */
const SLOW_MS = 20_000;

/** While each broker hears the others late, so that most of them answer with less than there is, some devices come back and come back. */
const OVER_SLOW_BROKERS: readonly Fault[] = [
  { kind: "cut", targets: ["nats", "nats"], ms: SLOW_MS, how: "slow" },
  { kind: "link", targets: RESTLESS, ms: SLOW_MS, how: "flapping" },
];

/**
 * One broker after the other is restarted, and hands over what it leads: what comes to it in that moment is lost, and what comes behind that is stored by the
 * next leader before the other is said again. Where a broker is killed, its streams are away for longer than that, and all waits in its order.
 */
const STEPPING_DOWN: Fault = { kind: "restart", targets: BROKERS, ms: 0, how: "rolling" };

/** A plan in the shape of a control; undefined: as it is. */
export function* shaped(plan: Iterable<Episode>, shape?: Shape): Generator<Episode> {
  for (const { faults, calmMs } of plan)
    yield { calmMs, faults: shape === undefined ? faults : faults.flatMap(SHAPES[shape]) };
}

const SHAPES: Readonly<Record<Shape, (fault: Fault) => Fault[]>> = {
  "two old disks": ofMajority,
  "slow brokers": () => [...OVER_SLOW_BROKERS],
  "leaders that step down": () => [STEPPING_DOWN],
};

/**
 * A disk is rolled back on two of the three brokers while the third one stands still: nobody has what was acknowledged meanwhile. A third one that runs has the
 * longest log, and Raft gives the others what they lost.
 */
function ofMajority(fault: Fault): Fault[] {
  const [third, ...two] = BROKERS;
  if (fault.kind !== "rollback") return [fault];
  return [
    { ...fault, targets: two },
    { kind: "pause", targets: [third], ms: fault.ms + BEHIND_MS, how: "SIGSTOP" },
  ];
}
