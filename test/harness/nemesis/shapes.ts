import type { Shape } from "../broken/builds.mjs";
import { BROKERS, type Episode, type Fault } from "./plan.ts";

/** Plans of negative controls: what a broken rule does shows only under faults that a plan for everything has seldom, or never. */

/** Two brokers have copied their disks, and have chosen leaders behind that, within this. */
const BEHIND_MS = 25_000;
/** The broker from which a broken build reads everything. */
const [, , READ] = BROKERS;
/** Devices that come back again and again, while what they are sent goes on: so the one who writes to the first all the time stays, and the others' people have another device. */
const RESTLESS = ["paul-script", "alice-phone", "bob-phone", "carol-phone", "dave-phone"] as const;
/** The time of that: each of them comes back some six times. */
const LATE_MS = 25_000;

/**
 * While a broker hears the others late, which are two and store without it, it answers with less than there is, and some devices come back and come back. Were
 * all of them late, an acknowledgement would come no sooner than the entry itself to whoever is read.
 */
const OVER_A_LATE_BROKER: readonly Fault[] = [
  { kind: "cut", targets: [READ, "nats"], ms: LATE_MS, how: "late" },
  { kind: "link", targets: RESTLESS, ms: LATE_MS, how: "flapping" },
];

/**
 * One broker after the other is restarted, and hands over what it leads: what comes to it in that moment is lost, and what comes behind that is stored by the
 * next leader before the other is said again. Where a broker is killed, its streams are away for longer than that, and all waits in its order.
 */
const STEPPING_DOWN: Fault = { kind: "restart", targets: BROKERS, ms: 0, how: "rolling" };

/**
 * The brokers are far away from the hosts, so that a fact of a group is on its way most of the time, and the connections end again and again: what was stored just then, and
 * not answered, is said again by the next one. Other entries have a name by which a broker drops that; a fact of a group has its place.
 */
const FAR_FROM_HOSTS: Fault = { kind: "cut", targets: ["actors", "nats"], ms: LATE_MS, how: "far" };

/** A plan in the shape of a control; undefined: as it is. */
export function* shaped(plan: Iterable<Episode>, shape?: Shape): Generator<Episode> {
  for (const { faults, calmMs } of plan)
    yield { calmMs, faults: shape === undefined ? faults : faults.flatMap(SHAPES[shape]) };
}

const SHAPES: Readonly<Record<Shape, (fault: Fault) => Fault[]>> = {
  "two old disks": ofMajority,
  "late broker": () => [...OVER_A_LATE_BROKER],
  "leaders that step down": () => [STEPPING_DOWN],
  "far hosts": () => [FAR_FROM_HOSTS],
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
