import { setTimeout as pause } from "node:timers/promises";
import type { LinkState } from "../history/happening.ts";
import type { Pen } from "../history/recorder.ts";
import { cut as cutOff, heal } from "../../../scripts/cluster/cuts.mjs";
import { step } from "./clocks.ts";
import type { Cluster } from "./cluster.ts";
import { fillUp, rollBack, wipe } from "./disks.ts";
import type { Hand, Prey } from "./hand.ts";
import { BROKERS, takesQuorum, type Episode, type Fault, type Kind } from "./plan.ts";

/** The effect of a fault is seen within this, or it had none. */
const EFFECT_MS = 10_000;
/** A drain takes 15 s, a start on a busy machine as many. */
const RESTARTED_MS = 60_000;
/** A nats-server that was wiped gets its streams again. */
const READY_MS = 90_000;
const LOOK_MS = 50;
const READY_LOOK_MS = 500;
/** A link that flaps is whole, and cut, for so long by turns. */
const FLAP_MS = 700;

/** The one who breaks things, one episode after the other, and writes down what was seen of it. */
export class Nemesis implements Hand {
  readonly #prey: Prey;
  readonly #pen: Pen;
  readonly #signal: AbortSignal;
  #n = 0;

  constructor(prey: Prey, pen: Pen, signal: AbortSignal) {
    this.#prey = prey;
    this.#pen = pen;
    this.#signal = signal;
  }

  /** Carries a plan out until the time is over, and returns when what it has hurt is whole. */
  async work(plan: Iterable<Episode>, ms: number): Promise<void> {
    const over = performance.now() + ms;
    for (const { faults, calmMs } of plan) {
      const takes = faults.some(takesQuorum);
      if (takes) this.#pen({ what: "quorum", there: false });
      await Promise.all(faults.map((fault) => this.#commit(fault)));
      await this.#ready();
      if (takes) this.#pen({ what: "quorum", there: true });
      if (performance.now() > over) return;
      await this.#sleep(calmMs);
    }
  }

  async #commit(fault: Fault): Promise<void> {
    const n = ++this.#n;
    const { kind, targets, how } = fault;
    const note = (phase: "begins" | "confirmed" | "ends", detail = how): void =>
      this.#pen({ what: "fault", n, kind, target: targets.join(" "), phase, detail });
    note("begins");
    const seen = await DEEDS[kind](fault, this);
    if (seen !== "") note("confirmed", seen === "seen" ? how : `${how}: ${seen}`);
    note("ends", how);
  }

  get prey(): Prey {
    return this.#prey;
  }

  async sleep(ms: number): Promise<void> {
    await this.#sleep(ms);
  }

  /** Waits for an effect. */
  async until(holds: () => boolean, withinMs = EFFECT_MS): Promise<boolean> {
    const until = performance.now() + withinMs;
    while (!holds()) {
      if (performance.now() > until) return false;
      await this.#sleep(LOOK_MS);
    }
    return true;
  }

  #sleep(ms: number): Promise<void> {
    return pause(ms, undefined, { signal: this.#signal });
  }

  /** Waits until every process says that it is ready; one that does not is told. */
  async #ready(): Promise<void> {
    const { cluster } = this.#prey;
    const until = performance.now() + READY_MS;
    let unready = await cluster.unready();
    while (unready.length > 0 && performance.now() < until) {
      await this.#sleep(READY_LOOK_MS);
      unready = await cluster.unready();
    }
    if (unready.length > 0) this.#pen({ what: "unready", processes: unready });
  }
}

/** How each kind is done. Returns what was seen of it; nothing: it had no effect. */
const DEEDS: Readonly<Record<Kind, (fault: Fault, nemesis: Hand) => Promise<string>>> = {
  kill,
  wipe,
  rollback: rollBack,
  full: fillUp,
  clock: step,
  pause: stand,
  restart,
  link,
  cut,
};

async function kill({ targets }: Fault, nemesis: Hand): Promise<string> {
  const { cluster } = nemesis.prey;
  const pids = targets.map((name) => [name, cluster.signal(name, "SIGKILL")] as const);
  const isGone = ([name, pid]: readonly [string, number | undefined]): boolean =>
    pid !== undefined && cluster.pidOf(name) !== pid;
  return (await nemesis.until(() => pids.every(isGone))) ? "seen" : "";
}

async function stand({ targets, ms }: Fault, nemesis: Hand): Promise<string> {
  const { cluster } = nemesis.prey;
  for (const name of targets) cluster.signal(name, "SIGSTOP");
  const seen = await nemesis.until(() => targets.every((name) => cluster.isPaused(name)));
  try {
    await nemesis.sleep(ms);
  } finally {
    for (const name of targets) cluster.signal(name, "SIGCONT");
  }
  return seen ? `for ${Math.round(ms / 100) / 10} s` : "";
}

async function restart({ targets, how }: Fault, nemesis: Hand): Promise<string> {
  const { cluster } = nemesis.prey;
  const again = async (name: string): Promise<boolean> => {
    const before = cluster.signal(name, "SIGTERM");
    const isBack = (): boolean => ![undefined, before].includes(cluster.pidOf(name));
    if (before === undefined || !(await nemesis.until(isBack, RESTARTED_MS))) return false;
    if (how === "rolling") await backAgain(cluster, name, nemesis);
    return true;
  };
  const seen: boolean[] = [];
  if (how === "rolling") for (const name of targets) seen.push(await again(name));
  else seen.push(...(await Promise.all(targets.map(again))));
  return seen.every(Boolean) ? "seen" : "";
}

/** As an operator does it: the next one when this one is ready. */
async function backAgain(cluster: Cluster, name: string, nemesis: Hand): Promise<void> {
  const until = performance.now() + READY_MS;
  while ((await cluster.unready()).includes(name) && performance.now() < until)
    await nemesis.sleep(READY_LOOK_MS);
}

async function link({ targets, how, ms }: Fault, nemesis: Hand): Promise<string> {
  const { hurt } = nemesis.prey;
  const all = (state: LinkState): number =>
    targets.reduce((sum, device) => sum + hurt(device, state), 0);
  let connections = 0;
  if (how === "flapping") {
    for (let left = ms; left > 0; left -= 2 * FLAP_MS) {
      connections += all("cut");
      await nemesis.sleep(FLAP_MS);
      all("whole");
      await nemesis.sleep(FLAP_MS);
    }
  } else {
    connections = all(how as LinkState);
    await nemesis.sleep(ms);
    // Its connections end with what was not acknowledged, so that all of it is sent again.
    if (how === "deaf") all("cut");
    all("whole");
  }
  return connections > 0 ? `${connections} connections, ${Math.round(ms / 100) / 10} s` : "";
}

/** Ways that are hurt again and again, for so long each time. "far": slow, and each time all connections end with what was on them. */
const FLAPS: ReadonlyMap<string, number> = new Map([
  ["flapping", FLAP_MS],
  ["far", 4_000],
]);

/** Ways of being hurt that the cluster knows by these names; the others are made of them. */
function wayOf(how: string): "closed" | "one-way" | "slow" | "late" | "silent" {
  if (how === "far") return "slow";
  return how === "closed" || how === "one-way" || how === "slow" || how === "late" ? how : "silent";
}

async function cut(
  { targets: [from = "", to = ""], how, ms }: Fault,
  nemesis: Hand,
): Promise<string> {
  const { dir } = nemesis.prey.cluster;
  const flapMs = FLAPS.get(how);
  const wish = { from, how: wayOf(how) } as const;
  let connections = 0;
  let there = to;
  // A process has one broker at a time: that one is meant.
  const brokers = [to, ...BROKERS.filter((name) => name !== from)];
  for (const each of to.startsWith("nats-") ? brokers : [to]) {
    ({ connections } = await cutOff(dir, { ...wish, to: each }));
    there = each;
    if (connections > 0) break;
    await heal(dir, from, each);
  }
  if (connections === 0) return "";
  for (let left = ms; left > 0; left -= flapMs === undefined ? ms : 2 * flapMs) {
    if (left < ms) await cutOff(dir, { ...wish, to: there });
    await nemesis.sleep(flapMs ?? ms);
    // The connections end with all that was held, as they do when a network was away for longer than TCP repeats.
    if (how === "lost" || how === "far") await cutOff(dir, { ...wish, to: there, how: "closed" });
    await heal(dir, from, there);
    if (flapMs !== undefined) await nemesis.sleep(flapMs);
  }
  return `${there}, ${connections} connections, ${Math.round(ms / 100) / 10} s`;
}
