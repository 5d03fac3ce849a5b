import { chanceOf, type Chance } from "../chance.ts";

/** Kinds of faults, as `--only` names them. */
export const KINDS = ["kill", "pause", "restart", "link", "cut", "wipe"] as const;
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

export const BROKERS = ["nats-1", "nats-2", "nats-3"] as const;
const ROLES = ["gateway", "actors", "projections"] as const;
const PROCESSES = [
  ...BROKERS,
  ...ROLES.flatMap((role) => [`${role}-1`, `${role}-2`] as const),
] as const;
const PAUSE_MIN_MS = 3_000;
const PAUSE_MAX_MS = 30_000;
const LINK_MIN_MS = 2_000;
const LINK_MAX_MS = 15_000;
const LINKS_MAX = 4;
const CUT_MIN_MS = 3_000;
const CUT_MAX_MS = 25_000;
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
      const how = chance.pick(["closed", "silent", "one-way", "flapping"]);
      return { kind, targets: ends(chance), ms: chance.between(CUT_MIN_MS, CUT_MAX_MS), how };
    }
    case "wipe":
      return { kind, targets: [chance.pick(BROKERS)], ms: 0, how: "SIGKILL, and an empty disk" };
  }
}

/** Mostly one; sometimes all of a kind. */
function killed(chance: Chance): string[] {
  const one = chance.pick(PROCESSES);
  if (chance.next() > 0.2) return [one];
  return PROCESSES.filter((name) => name.startsWith(one.split("-")[0] ?? ""));
}

/** The ends of the ways that are cut: a process and the brokers, or one of them; brokers; a gateway and the balancer. */
function ends(chance: Chance): string[] {
  const broker = chance.pick(BROKERS);
  const process = chance.pick(PROCESSES);
  if (process === broker) return [broker, "all"];
  const other = chance.pick([broker, "nats", "front"]);
  if (other === "front") return [other, chance.pick(["gateway-1", "gateway-2"])];
  return [process, other];
}

function restarted(chance: Chance): string[] {
  const kind = chance.pick([...ROLES, "nats", ""]);
  return PROCESSES.filter((name) => name.startsWith(kind));
}
