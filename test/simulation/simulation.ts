import { LAYOUT, type Owner } from "../../src/events/owner.ts";
import { FIRST_RULES } from "../../src/events/since.ts";
import { mailboxStream, ownerSubject } from "../../src/nats/subjects.ts";
import { randomOf } from "../support/random.ts";
import type { Cheat } from "./cheat.ts";
import { Cluster, STREAMS } from "./cluster.ts";
import { Device } from "./device.ts";
import { GroupDeeds } from "./groupdeeds.ts";
import { judgeGroups } from "./groupinvariants.ts";
import { GroupLog } from "./grouplog.ts";
import { History } from "./history.ts";
import type { Finding } from "./line.ts";
import { judge } from "./invariants.ts";
import { GatewayMachine, HostMachine, type Machine } from "./machines.ts";
import { harm } from "./nemesis.ts";
import { END_MS, PEOPLE, type Plan } from "./plan.ts";
import { Time, under, type Program } from "./time.ts";

/** Devices are looked at so often. */
const LOOK_MS = 500;
/** An open socket may be behind the log so long (I16): after one fault, and under several. */
const DEAF_MS = { one: 10_000, several: 20_000 };
/** At the end of a run every gateway has heard its owners for so long: one that does not asks the log each 2.6 s. */
const HEARD_MS = 3_000;

/** The outcome of a run. */
export interface Outcome {
  readonly findings: readonly Finding[];
  readonly counts: Readonly<Record<string, number>>;
  /** Words of the log that explain the rest. */
  readonly marks: readonly { readonly at: number; readonly words: string }[];
}

/** Runs a plan. Timers and signals of this process have their turn before it, and none meanwhile. */
export async function simulate(plan: Plan, cheat: Cheat = {}): Promise<Outcome> {
  await new Promise((done) => setImmediate(done));
  const time = new Time();
  const random = randomOf(plan.seed);
  const cluster = new Cluster(time, random, plan.windowMs);
  const undo = cheat.begin?.(cluster);
  try {
    return await under(time, random, () => new Simulation(plan, cluster, cheat).run());
  } finally {
    undo?.();
  }
}

/** A cluster, the devices at it, and what goes wrong. */
class Simulation {
  readonly cluster: Cluster;
  readonly hosts: readonly HostMachine[];
  readonly gateways: readonly GatewayMachine[];
  readonly devices: readonly Device[];
  readonly history: History;
  readonly groups: GroupLog;
  readonly #plan: Plan;
  readonly #time: Time;
  /** A host that claims a stream stands still behind it. */
  stumbles = false;
  #deafest = 0;
  /** Some gateway has a broker since then. */
  #servedSince = 0;

  constructor(plan: Plan, cluster: Cluster, cheat: Cheat) {
    this.#plan = plan;
    this.#time = cluster.time;
    this.cluster = cluster;
    this.history = new History(cluster, (by) => this.#claimed(by));
    this.groups = new GroupLog(this.history);
    const names = (letter: string, count: number): string[] =>
      Array.from({ length: count }, (_, i) => `${letter}${i}`);
    this.hosts = names("h", plan.hosts).map((name) => new HostMachine(name, cluster));
    this.gateways = names("g", plan.gateways).map(
      (name) => new GatewayMachine(name, cluster, cheat.gateway),
    );
    const { gateways, history: witness, groups } = this;
    const parts = { cluster, gateways, witness, groups };
    this.devices = PEOPLE.flatMap(([user, count]) =>
      names(user, count).map((id) => new Device(user, id, parts)),
    );
    for (const device of this.devices) device.diary.showsRepeats = cheat.showsRepeats === true;
  }

  async run(): Promise<Outcome> {
    const time = this.#time;
    const began = time.now;
    const at = (ms: number, run: () => void): void => void time.after(ms, run, "world");
    for (let k = 0; k < STREAMS; k++) this.#begin(k);
    for (const [i, machine] of this.machines.entries()) at(50 * i, () => machine.start());
    for (const [i, device] of this.devices.entries()) at(800 + 50 * i, () => device.connect());
    for (const fault of this.#plan.faults) at(fault.at, () => harm(this, fault));
    for (const { at: ms, user, device, to } of this.#plan.sends)
      at(ms, () => this.devices.filter((each) => each.user === user)[device]?.write(to));
    const groups = new GroupDeeds(this.groups);
    for (const deed of this.#plan.deeds)
      at(deed.at, () => {
        const own = this.devices.filter((each) => each.user === deed.user);
        groups.do(deed, own[deed.device]!);
      });
    for (let ms = LOOK_MS; ms < END_MS; ms += LOOK_MS) at(ms, () => this.#look());
    await time.pass(began + END_MS);
    this.#look();
    this.#judge();
    const { findings, counts, marks } = this.history;
    return { findings, counts: { ...counts, deafestMs: this.#deafest }, marks };
  }

  machine(name: string): Machine {
    return this.machines.find((each) => each.name === name)!;
  }

  /** The sockets of a gateway that has died, or was given up. */
  resetSockets(machine: Machine): void {
    for (const { line, next } of this.devices)
      for (const each of [line, next]) if (each?.socket.gateway === machine) each.socket.reset();
  }

  get machines(): readonly Machine[] {
    return [...this.hosts, ...this.gateways];
  }

  /** A stream of mailboxes has an entry about itself from its beginning. */
  #begin(k: number): void {
    const owner: Owner = {
      type: "StreamBegan",
      epoch: "e",
      earlier: [],
      marks: [],
      rules: FIRST_RULES,
      layout: LAYOUT,
    };
    const wish = { subject: ownerSubject(k), data: JSON.stringify(owner) };
    this.cluster.stream(mailboxStream(k)).store(wish, this.#time.now - 1_000, 0);
  }

  #claimed(by: Program): void {
    if (!this.stumbles || this.cluster.random() < 0.3) return;
    this.#time.pause(by);
    const ms = this.cluster.random() * 8_000;
    this.#time.after(ms, () => this.#time.resume(by), "world");
  }

  /** Is an open socket behind the log for too long? */
  #look(): void {
    const { now } = this.#time;
    if (!this.gateways.some((each) => each.isFit && each.isReady)) this.#servedSince = now;
    for (const device of this.devices) {
      const { line } = device;
      if (line?.isWelcome !== true || device.cutUntil > now) continue;
      const { cursor, strayedAt } = device.diary;
      const mailbox = this.history.mailbox(device.user);
      if (strayedAt === undefined && (mailbox.at(-1)?.seq ?? 0) <= cursor) continue;
      const missed = mailbox.find(({ seq, at }) =>
        strayedAt === undefined ? seq > cursor : at > strayedAt,
      );
      if (missed === undefined) continue;
      const since = Math.max(missed.at, this.#servedSince, line.welcomedAt, device.cutUntil);
      const ms = now - since;
      this.#deafest = Math.max(this.#deafest, ms);
      const bound = this.#plan.faults.length > 1 ? DEAF_MS.several : DEAF_MS.one;
      if (ms > bound && ms <= bound + LOOK_MS)
        this.history.wrong("deaf", `${device.id} is behind ${missed.seq} for ${Math.round(ms)} ms`);
    }
  }

  #judge(): void {
    const tell = (rule: string, words: string): void => this.history.wrong(rule, words);
    judge(this.history, this.devices, tell);
    const { history, devices, groups: log } = this;
    judgeGroups({ history, log, devices }, tell);
    this.#heard(tell);
    for (let k = 0; k < STREAMS; k++) {
      const owners = this.hosts.filter(({ actors, runs }) => runs && (actors?.claimOf(k) ?? 0) > 0);
      if (owners.length !== 1) tell("owner", `stream ${k} has ${owners.length} owners`);
      const taken = owners[0]?.actors?.taken.get(mailboxStream(k));
      const { end } = this.cluster.stream(mailboxStream(k));
      if (owners.length === 1 && taken !== end)
        tell("owner", `the owner of stream ${k} is at ${taken} of ${end}`);
    }
  }

  /** Does no gateway ask the log any more how far it is, as one does that hears no owner? */
  #heard(tell: (rule: string, words: string) => void): void {
    const since = this.#time.now - HEARD_MS;
    for (const mailbox of this.history.mailboxes.values())
      for (const { at, data, owner, seq } of mailbox)
        if (at > since && data.includes("HeadAsked"))
          tell("unheard", `a gateway asks for heads at ${seq} of ${owner}: it hears no owner`);
  }
}
