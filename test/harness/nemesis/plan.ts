import { chanceOf, type Chance } from "../chance.ts";

/** Kinds of faults, as `--only` names them. */
export const KINDS = [
  "kill",
  "pause",
  "restart",
  "link",
  "cut",
  "wipe",
  "rollback",
  "full",
  "clock",
] as const;
export type Kind = (typeof KINDS)[number];

/** A fault to come. Targets are processes, devices of a `link`, or the two ends of a `cut`. */
export interface Fault {
  readonly kind: Kind;
  readonly targets: readonly string[];
  /** How long it lasts; 0: it is done at once. */
  readonly ms: number;
  /** How a link or a way is hurt; how processes are restarted. */
  readonly how: string;
}

/** Faults at one time, and the calm behind them, once everything is ready again. */
export interface Episode {
  readonly faults: readonly Fault[];
  readonly calmMs: number;
}

/** Wrong clocks: as one that was never set, and as one that is set by hand. */
const STEPS = ["an hour ahead", "an hour behind", "40 s ahead", "40 s behind"] as const;
export type Step = (typeof STEPS)[number];

export const BROKERS = ["nats-1", "nats-2", "nats-3"] as const;
const ROLES = ["gateway", "actors", "projections"] as const;
const [first, ...others] = ROLES.flatMap((role) => [`${role}-1`, `${role}-2`]);
const OF_ROLES: readonly [string, ...string[]] = [first ?? "", ...others];
const PROCESSES = [...BROKERS, ...OF_ROLES] as const;
const PAUSE_MIN_MS = 3_000;
const PAUSE_MAX_MS = 30_000;
const LINK_MIN_MS = 2_000;
const LINK_MAX_MS = 15_000;
const LINKS_MAX = 4;
const CUT_MIN_MS = 3_000;
const CUT_MAX_MS = 25_000;
/** A disk is rolled back by so much, or full for so long; a clock is wrong for so long. */
const DISK_MIN_MS = 4_000;
const DISK_MAX_MS = 15_000;
const CALM_MIN_MS = 4_000;
const CALM_MAX_MS = 12_000;
/** Behind the single faults, that share of the episodes has a second one beside the first. */
const MIXED = 0.4;
/** Episodes with one fault before any with two. */
const SINGLE = 6;

/** An endless row of episodes, the same for the same seed, whatever the time each of them takes. */
export function* planOf(
  seed: number,
  kinds: readonly [Kind, ...Kind[]],
  devices: readonly string[],
): Generator<Episode> {
  const chance = chanceOf(seed, "nemesis");
  for (let i = 0; ; i++) {
    const first = faultOf(chance.pick(kinds), chance, devices);
    const second = faultOf(chance.pick(kinds), chance, devices);
    const isMixed = i >= SINGLE && chance.next() < MIXED && isApart(first, second);
    const calmMs = chance.between(CALM_MIN_MS, CALM_MAX_MS);
    yield { faults: isMixed ? [first, second] : [first], calmMs };
  }
}

/**
 * Does a fault leave fewer than two of the three brokers? One that is cut off, or two that are cut off from each other, leave two that hear each other, and
 * every process can reach one of those.
 */
export const takesQuorum = ({ kind, targets, how }: Fault): boolean =>
  kind !== "cut" &&
  how !== "rolling" &&
  targets.filter((name) => name.startsWith("nats-")).length > 1;

/** Two that touch brokers may take the quorum, and a disk that is wiped beside them all three copies. */
const isApart = (one: Fault, other: Fault): boolean =>
  one.kind !== "restart" &&
  other.kind !== "restart" &&
  !one.targets.some((name) => other.targets.includes(name)) &&
  ![one, other].every(({ targets }) => targets.some((name) => name.startsWith("nats")));

function faultOf(kind: Kind, chance: Chance, devices: readonly string[]): Fault {
  switch (kind) {
    case "kill":
      return { kind, targets: killed(chance), ms: 0, how: "SIGKILL" };
    case "pause": {
      const ms = chance.between(PAUSE_MIN_MS, PAUSE_MAX_MS);
      return { kind, targets: [chance.pick(PROCESSES)], ms, how: "SIGSTOP" };
    }
    case "restart": {
      const how = chance.pick(["rolling", "at once"]);
      return { kind, targets: restarted(chance), ms: 0, how };
    }
    case "link": {
      const targets = chance.several(devices, chance.between(1, LINKS_MAX));
      const how = chance.pick(["cut", "held", "deaf", "slow", "flapping"]);
      return { kind, targets, ms: chance.between(LINK_MIN_MS, LINK_MAX_MS), how };
    }
    case "cut": {
      const how = chance.pick(["closed", "silent", "one-way", "flapping", "lost", "slow"]);
      return { kind, targets: ends(chance), ms: chance.between(CUT_MIN_MS, CUT_MAX_MS), how };
    }
    case "wipe":
      return { kind, targets: [chance.pick(BROKERS)], ms: 0, how: "SIGKILL, and an empty disk" };
    case "rollback": {
      const ms = chance.between(DISK_MIN_MS, DISK_MAX_MS);
      return { kind, targets: [chance.pick(BROKERS)], ms, how: "SIGKILL, and an older disk" };
    }
    case "full": {
      const ms = chance.between(DISK_MIN_MS, DISK_MAX_MS);
      return { kind, targets: [chance.pick(BROKERS)], ms, how: "no room" };
    }
    case "clock": {
      const how = chance.pick(STEPS);
      const ms = chance.between(DISK_MIN_MS, DISK_MAX_MS);
      return { kind, targets: [chance.pick(OF_ROLES)], ms, how };
    }
  }
}

/** Mostly one; sometimes all of a kind. */
function killed(chance: Chance): string[] {
  const one = chance.pick(PROCESSES);
  if (chance.next() > 0.2) return [one];
  return PROCESSES.filter((name) => name.startsWith(one.split("-")[0] ?? ""));
}

/** The ends of the ways that are cut: brokers from each other, as often as a process from them, or a gateway from the balancer. */
function ends(chance: Chance): string[] {
  const [one = "", other = ""] = chance.several(BROKERS, 2);
  const process = chance.pick(OF_ROLES);
  switch (chance.pick(["brokers", "broker", "process", "process", "front"])) {
    case "brokers":
      return [one, other];
    case "broker":
      return [one, chance.pick(["nats", "all"])];
    case "process":
      return [process, chance.pick([other, "nats"])];
    default:
      return ["front", chance.pick(["gateway-1", "gateway-2"])];
  }
}

function restarted(chance: Chance): string[] {
  const kind = chance.pick([...ROLES, "nats", ""]);
  return PROCESSES.filter((name) => name.startsWith(kind));
}
