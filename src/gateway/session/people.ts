import type { Rejection } from "../../protocol/codes.ts";
import { draw, type Bucket, type GatewayLimits } from "./limits.ts";

/** Time in which one activity of a user is enough to know that they are there. */
const ACTIVE_EVERY_MS = 2_000;
/** Users remembered without a socket, so that reconnecting fast is noticed. */
const GONE_MAX = 10_000;
/** Devices remembered of one user, so that a name for each hello does not grow for ever. */
const DEVICES_KEPT = 64;

interface Device {
  readonly deviceId: string;
  sockets: number;
  hellos: Bucket;
}

interface Person {
  sockets: number;
  /** Devices, the one that said hello last behind the others. Mostly one, so a list, which takes a quarter of the memory of a map. */
  devices: readonly Device[];
  hellos: Bucket;
  frames: Bucket;
  sends: Bucket;
  marks: Bucket;
  watches: Bucket;
  questions: Bucket;
  changes: Bucket;
  /** ms; -Infinity: not yet. */
  activeAt: number;
}

/** Things that are counted per user. */
export type Counted = "frames" | "sends" | "marks" | "watches" | "questions" | "changes";

/** People: what is counted per user, over all their sockets at this gateway. */
export class People {
  readonly #limits: GatewayLimits;
  readonly #people = new Map<string, Person>();
  readonly #gone = new Set<string>();

  constructor(limits: GatewayLimits) {
    this.#limits = limits;
  }

  /** Counts a socket in, or says why not: the newest beyond a limit is the one that is refused. */
  enter(user: string, deviceId: string, now: number): Rejection | undefined {
    const person = this.#people.get(user) ?? newcomer();
    this.#people.set(user, person);
    this.#gone.delete(user);
    const device = deviceOf(person, deviceId) ?? { deviceId, sockets: 0, hellos: 0 };
    person.devices = person.devices.filter((other) => other !== device).concat(device);
    const refused = this.#tooFast(person, device, now) ?? this.#tooMany(person, device);
    if (refused === undefined) {
      person.sockets++;
      device.sockets++;
    } else if (person.sockets === 0) this.#leaveLast(user);
    forget(person);
    return refused;
  }

  leave(user: string, deviceId: string): void {
    const person = this.#people.get(user);
    const device = person && deviceOf(person, deviceId);
    if (person === undefined || device === undefined) return;
    device.sockets--;
    if (--person.sockets === 0) this.#leaveLast(user);
  }

  /** Takes so much of what a user may do; ms to wait when it is too much. */
  take(what: Counted, user: string, now: number, count = 1): number {
    const person = this.#people.get(user);
    if (person === undefined) return 0;
    const [perSecond, burst] = ratesOf(this.#limits, what);
    const { bucket, retryAfterMs } = draw(person[what], now, perSecond, burst, count);
    person[what] = bucket;
    return retryAfterMs;
  }

  /** Should this activity be published, or was there one just now? */
  isNews(user: string, now: number): boolean {
    const person = this.#people.get(user);
    if (person === undefined || now - person.activeAt < ACTIVE_EVERY_MS) return false;
    person.activeAt = now;
    return true;
  }

  #tooFast(person: Person, device: Device, now: number): Rejection | undefined {
    const { deviceHelloEveryMs, deviceHellosBurst, userHelloEveryMs, userHellosBurst } =
      this.#limits;
    const own = draw(device.hellos, now, 1_000 / deviceHelloEveryMs, deviceHellosBurst);
    const all = draw(person.hellos, now, 1_000 / userHelloEveryMs, userHellosBurst);
    const retryAfterMs = Math.max(own.retryAfterMs, all.retryAfterMs);
    if (retryAfterMs > 0) return { code: "rate_limited", retryAfterMs };
    device.hellos = own.bucket;
    person.hellos = all.bucket;
    return undefined;
  }

  #tooMany({ devices }: Person, device: Device): Rejection | undefined {
    if (device.sockets >= this.#limits.socketsPerDevice)
      return { code: "limit.sockets", field: "deviceId" };
    if (device.sockets > 0) return undefined;
    const connected = devices.filter(({ sockets }) => sockets > 0).length;
    return connected >= this.#limits.devicesPerUser
      ? { code: "limit.devices", field: "deviceId" }
      : undefined;
  }

  #leaveLast(user: string): void {
    this.#gone.add(user);
    for (const oldest of this.#gone) {
      if (this.#gone.size <= GONE_MAX) return;
      this.#gone.delete(oldest);
      this.#people.delete(oldest);
    }
  }
}

const newcomer = (): Person => ({
  sockets: 0,
  devices: [],
  hellos: 0,
  frames: 0,
  sends: 0,
  marks: 0,
  watches: 0,
  questions: 0,
  changes: 0,
  activeAt: -Infinity,
});

function ratesOf(
  limits: GatewayLimits,
  what: Counted,
): readonly [perSecond: number, burst: number] {
  switch (what) {
    case "frames":
      return [limits.userFramesPerSecond, limits.userFramesBurst];
    case "sends":
      return [limits.sendsPerSecond, limits.sendsBurst];
    case "marks":
      return [limits.marksPerSecond, limits.marksBurst];
    case "watches":
      return [limits.watchesPerSecond, limits.watchesBurst];
    case "changes":
      return [limits.changesPerMinute / 60, limits.changesPerMinute];
    case "questions":
      return [limits.questionsPerSecond, limits.questionsBurst];
  }
}

const deviceOf = ({ devices }: Person, deviceId: string): Device | undefined =>
  devices.find((device) => device.deviceId === deviceId);

/** Forgets the devices that said hello longest ago and have no socket. */
function forget(person: Person): void {
  let excess = person.devices.length - DEVICES_KEPT;
  if (excess <= 0) return;
  person.devices = person.devices.filter(({ sockets }) => sockets > 0 || excess-- <= 0);
}
