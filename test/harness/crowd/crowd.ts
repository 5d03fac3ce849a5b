import { setTimeout as pause } from "node:timers/promises";
import { WHOLE, Wire, type Damage } from "../../../scripts/cluster/wire.mjs";
import { chanceOf, type Chance } from "../chance.ts";
import type { LinkState } from "../history/happening.ts";
import type { Pen } from "../history/recorder.ts";
import { AppDevice } from "./appdevice.ts";
import type { CrowdDevice } from "./device.ts";
import { Gatherings } from "./gatherings.ts";
import { actionOf, lookOf, type Action } from "./load.ts";
import { PlainDevice } from "./plaindevice.ts";

/** People with two devices each of the client of the package. */
const PEOPLE = ["alice", "bob", "carol", "dave", "sybil"] as const;
/** Two with one device that is written from the protocol. They talk to each other all the time, so each fault meets sends and copies that are under way. */
const PLAIN = ["paul", "oscar"] as const;
/** People with one device who only listen. Where their own entries do not follow one another, nobody but the server can find what they missed. */
const LISTENERS = ["trent", "wendy", "peggy", "victor", "walter", "erin"] as const;
/** People of whom, and to whom, little is said. */
const QUIET = ["sybil", ...LISTENERS] as const;
const TALK_MS = 400;
/** Devices come one after the other: eighteen hellos at once say nothing of anything. */
const APART_MS = 100;
const TOKEN_TRIES = 60;
const LOOK_MS = 250;
/** A device's way to the cluster, in each of its states: `held` lets nothing through, `deaf` nothing to the device, and nobody is told. */
const DAMAGES: Readonly<Record<LinkState, Damage>> = {
  whole: WHOLE,
  cut: { ...WHOLE, closed: true },
  held: { ...WHOLE, there: true, back: true },
  deaf: { ...WHOLE, back: true },
  slow: { ...WHOLE, lateMs: 150 },
};

interface Seat {
  readonly device: CrowdDevice;
  readonly wire: Wire;
  readonly chance: Chance;
  /** The last number to each peer. */
  readonly numbers: Map<string, number>;
  timer: NodeJS.Timeout | undefined;
  talk: NodeJS.Timeout | undefined;
}

/** People who chat, each device over a link of its own that can be hurt. */
export class Crowd {
  readonly #pen: Pen;
  readonly #url: string;
  readonly #seed: number;
  readonly #tokens = new Map<string, Promise<string>>();
  readonly #seats = new Map<string, Seat>();
  #gatherings: Gatherings | undefined;
  readonly #users = [...PLAIN, ...PEOPLE, ...LISTENERS];
  #over = false;

  /** @param url of the balancer, `http://…`. */
  constructor(url: string, seed: number, pen: Pen) {
    this.#url = url;
    this.#seed = seed;
    this.#pen = pen;
  }

  /** The names of the devices that {@link start} brings. */
  static readonly devices: readonly string[] = [
    ...PEOPLE.flatMap((user) => [`${user}-phone`, `${user}-desk`]),
    ...PLAIN.map((user) => `${user}-script`),
    ...LISTENERS.map((user) => `${user}-phone`),
  ];

  /** Everybody comes, and begins to write. */
  async start(): Promise<void> {
    for (const user of this.#users) await this.#token(user);
    for (const name of Crowd.devices) {
      const wire = await Wire.lay(Number(new URL(this.#url).port));
      const user = name.split("-")[0] ?? "";
      const outfit = {
        name,
        user,
        url: `ws://127.0.0.1:${wire.port}/v1/ws`,
        token: () => this.#token(user),
        pen: this.#pen,
      };
      const other = partnerOf(user);
      const others = this.#users.filter((each) => each !== user);
      const device = other === undefined ? new AppDevice(outfit, others) : new PlainDevice(outfit);
      const chance = chanceOf(this.#seed, name);
      const numbers = new Map<string, number>();
      const seat: Seat = { device, wire, chance, numbers, timer: undefined, talk: undefined };
      this.#seats.set(name, seat);
      device.start();
      this.#go(seat);
      if (other !== undefined) seat.talk = setInterval(() => this.#write(seat, other), TALK_MS);
      await pause(APART_MS);
    }
    this.#gather();
  }

  /** Some of them are in groups besides. */
  #gather(): void {
    const seats = [...this.#seats.values()];
    const apps = seats.flatMap(({ device }) => (device instanceof AppDevice ? [device] : []));
    this.#gatherings = new Gatherings(apps, this.#seed, ({ name }, to) => {
      const seat = this.#seats.get(name);
      if (seat !== undefined) this.#write(seat, to);
    });
    this.#gatherings.start();
  }

  /** Hurts the link of a device, or heals it. Returns how many connections it had. */
  hurt(device: string, how: LinkState): number {
    const wire = this.#seats.get(device)?.wire;
    const touched = wire?.connections ?? 0;
    wire?.damage(DAMAGES[how]);
    this.#pen({ what: "link", device, how });
    return touched;
  }

  /** Nobody writes any more, or goes away. */
  rest(): void {
    this.#over = true;
    this.#gatherings?.rest();
    for (const { timer, talk } of this.#seats.values()) {
      clearTimeout(timer);
      clearInterval(talk);
    }
  }

  /** Each device says something to everybody: a last word, by which a lane that is stuck is found. */
  lastWords(): void {
    for (const seat of this.#seats.values())
      for (const to of this.#users) if (to !== seat.device.user) this.#write(seat, to);
    this.#gatherings?.lastWords();
  }

  /** Sentences about devices that still lack something; none: all is quiet. */
  lacks(): string[] {
    const apart = this.#gatherings?.lacks() ?? [];
    const lacks = [...this.#seats.values()].flatMap(({ device }) => {
      if (!device.online) return [`${device.name} is not online`];
      if (device.waiting > 0) return [`${device.name} has ${device.waiting} messages that wait`];
      const text = device.undelivered();
      return text === undefined ? [] : [`${device.name}: ${text} is not delivered`];
    });
    return [...lacks, ...apart];
  }

  /** Waits until all is quiet, or the time is over. Writes down what is lacking then. */
  async quiet(withinMs: number, signal: AbortSignal): Promise<void> {
    const until = performance.now() + withinMs;
    let lacks = this.lacks();
    while (lacks.length > 0 && performance.now() < until) {
      await pause(LOOK_MS, undefined, { signal });
      lacks = this.lacks();
    }
    this.#pen({ what: "quiet", settled: lacks.length === 0, lacks });
  }

  /** Writes down what everybody has. A device that cannot load it is told as one that has not come back. */
  async tellAll(): Promise<void> {
    const tellings = [...this.#seats.values()].map(async ({ device }) => {
      const others = this.#users.filter((user) => user !== device.user);
      const groups = device instanceof AppDevice ? (this.#gatherings?.ids ?? []) : [];
      const chats = [...others, ...groups];
      await device.tellAll(chats).catch((error: unknown) => {
        this.#pen({
          what: "quiet",
          settled: false,
          lacks: [`${device.name} cannot load its chats: ${String(error)}`],
        });
      });
    });
    await Promise.all(tellings);
  }

  async stop(): Promise<void> {
    this.rest();
    await Promise.all([...this.#seats.values()].map(({ device }) => device.stop()));
    for (const { wire } of this.#seats.values()) wire.remove();
  }

  #go(seat: Seat): void {
    if (this.#over) return;
    const { chance, device } = seat;
    const isListener = LISTENERS.some((user) => user === device.user);
    const next = isListener ? lookOf(chance) : actionOf(chance, this.#users, QUIET, device.user);
    seat.timer = setTimeout(() => {
      this.#act(seat, next.action);
      this.#go(seat);
    }, next.waitMs);
  }

  #act(seat: Seat, action: Action): void {
    const { device } = seat;
    if (action.what === "write")
      for (let i = 0; i < action.count; i++) this.#write(seat, action.to);
    else if (device.away) return;
    else if (action.what === "read") device.read(action.peer);
    else if (action.what === "look") device.look();
    else if (action.what === "reload") device.reload();
    else device.nap(action.ms);
  }

  #write({ device, numbers }: Seat, to: string): void {
    const n = (numbers.get(to) ?? 0) + 1;
    numbers.set(to, n);
    if (device.away) return;
    const { name, user } = device;
    const text = `${name} to ${to}: ${n}`;
    this.#pen({ what: "writes", device: name, user, to, text, n });
    device.write(to, text);
  }

  /** A token of one gateway is good at every other, also while this one is dead. */
  #token(user: string): Promise<string> {
    const known = this.#tokens.get(user);
    if (known !== undefined) return known;
    const asked = tokenOf(this.#url, user);
    this.#tokens.set(user, asked);
    return asked;
  }
}

/** The one to whom a plain device talks; undefined: it is none. */
const partnerOf = (user: string): string | undefined =>
  PLAIN.some((each) => each === user) ? PLAIN.find((each) => each !== user) : undefined;

async function tokenOf(url: string, user: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    try {
      const answer = await fetch(`${url}/v1/token`, {
        method: "POST",
        body: JSON.stringify({ user }),
      });
      return ((await answer.json()) as { token: string }).token;
    } catch (error) {
      if (tries === TOKEN_TRIES) throw error;
      await pause(LOOK_MS);
    }
  }
}
