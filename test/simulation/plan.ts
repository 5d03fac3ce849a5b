import { randomOf } from "../support/random.ts";
import { groupDeedsOf, hasGroups, type GroupDeed } from "./groupplan.ts";

/** The people of a run, two in each stream of mailboxes, and how many devices each has. */
export const PEOPLE: readonly (readonly [user: string, devices: number])[] = [
  ["alice", 2],
  ["bob", 1],
  ["carol", 2],
  ["dave", 1],
];

/** ms from the beginning of a run. */
const FAULTS_FROM_MS = 2_600;
const FAULTS_TO_MS = 8_000;
/** Everything is healed then. */
const HEALED_MS = 12_000;
const SENDS_TO_MS = 13_000;
/** A run ends then: devices have been quiet for a while. */
export const END_MS = 25_000;
const FAULTS_MAX = 5;

/** Something that goes wrong for a while. */
export type Fault = { readonly at: number; readonly forMs: number } & (
  | { readonly does: "kill" | "pause" | "cut" | "drop" | "stall"; readonly machine: string }
  | { readonly does: "leave"; readonly machine: string }
  | {
      readonly does: "routes";
      readonly from: string;
      readonly to: string;
      readonly loss: number;
      readonly lateMs: number;
    }
  | { readonly does: "stuck" | "lag"; readonly stream: string; readonly server: number }
  | { readonly does: "leaderless"; readonly stream: string }
  | { readonly does: "acks"; readonly part: number }
  | { readonly does: "late"; readonly part: number; readonly ms: number }
  | { readonly does: "server" | "isolate" | "behind"; readonly server: number }
  | { readonly does: "deafen"; readonly from: string; readonly to: string }
  | { readonly does: "half"; readonly machine: string; readonly connection: 0 | 1 }
  | { readonly does: "stumble" }
  | { readonly does: "all"; readonly what: "kill" | "pause" }
  | { readonly does: "device"; readonly user: string }
  | {
      readonly does: "rollback";
      /** Of a stream of mailboxes. */
      readonly k: number;
      /** Entries that are lost, at least. */
      readonly entries: number;
      readonly keepsIds: boolean;
      /** All hosts are down meanwhile, and so much longer. */
      readonly hostsDownMs: number;
    }
  | {
      readonly does: "recreate";
      /** Of a stream of mailboxes. */
      readonly k: number;
      /** All hosts are down meanwhile, and so much longer. */
      readonly hostsDownMs: number;
    }
  /** At its beginning a backup is taken, at its end it is put back. */
  | { readonly does: "restore" }
);

export interface Sending {
  readonly at: number;
  readonly user: string;
  readonly device: number;
  readonly to: string;
}

/** Everything that a run is: the same plan runs the same way. */
export interface Plan {
  readonly seed: number;
  readonly hosts: number;
  readonly gateways: number;
  /** The broker remembers ids so long. */
  readonly windowMs: number;
  readonly faults: readonly Fault[];
  readonly sends: readonly Sending[];
  /** The things that are done in groups. */
  readonly deeds: readonly GroupDeed[];
}

const STREAM_NAMES = [
  "MAILBOX_0",
  "MAILBOX_1",
  "CHECKPOINT_0",
  "CHECKPOINT_1",
  "KV_GATEWAY",
  "KV_SNAPSHOT",
];

/** Seeds of which the plan has a single fault. */
export const isSingle = (seed: number): boolean => seed % 2 === 1;

/** Seeds of which the plan has streams that lose something, and fewer faults besides. */
export const loses = (seed: number): boolean => seed % 4 === 0;

/** The plan of a seed. */
export function planOf(seed: number): Plan {
  const random = randomOf(seed * 7_919);
  const below = (n: number): number => Math.floor(random() * n);
  const hosts = random() < 0.7 ? 2 : 3;
  const gateways = 2;
  const count = isSingle(seed) ? 1 : 2 + below(FAULTS_MAX - 1);
  const faults = Array.from({ length: count }, () => faultOf(random, hosts, gateways));
  if (loses(seed)) putLosses(faults, random, seed / 4);
  faults.sort((a, b) => a.at - b.at);
  const sends: Sending[] = [];
  // In some runs people fall silent while things go wrong: then no later entry shows what is missing.
  const until = random() < 0.4 ? faults[0]!.at + below(faults[0]!.forMs) : SENDS_TO_MS;
  for (let at = 1_500; at < until; at += 40 + below(500)) {
    const [user, devices] = PEOPLE[below(PEOPLE.length)]!;
    const others = PEOPLE.filter(([name]) => name !== user);
    sends.push({ at, user, device: below(devices), to: others[below(others.length)]![0] });
  }
  if (!isSingle(seed) && !loses(seed)) faults.push(absence(random));
  const windowMs = [300, 3_000, 120_000][below(3)]!;
  const deeds = hasGroups(seed) ? groupDeedsOf(seed, PEOPLE, Math.max(until, 4_000)) : [];
  return { seed, hosts, gateways, windowMs, faults, sends, deeds };
}

/** Under several faults somebody is without a network while others write: somebody always comes back to what was missed. */
function absence(random: () => number): Fault {
  const below = (n: number): number => Math.floor(random() * n);
  const at = FAULTS_FROM_MS + below(FAULTS_TO_MS - FAULTS_FROM_MS);
  return {
    at,
    forMs: 1_000 + below(3_000),
    does: "device",
    user: PEOPLE[below(PEOPLE.length)]![0],
  };
}

/** Streams lose something, once or twice, in the place of all faults but one or none: by turns half of the times their end, all, or what came behind a backup. */
function putLosses(faults: Fault[], random: () => number, turn: number): void {
  const below = (n: number): number => Math.floor(random() * n);
  faults.length = below(2);
  for (let left = 1 + below(2); left > 0; left--) {
    const span = {
      at: FAULTS_FROM_MS + below(FAULTS_TO_MS - FAULTS_FROM_MS),
      forMs: 1_000 + below(1_500),
    };
    const which = { k: below(2), hostsDownMs: random() < 0.5 ? 0 : 500 + below(4_000) };
    const [entries, keepsIds] = [1 + below(12), random() < 0.3];
    // Nobody takes a second backup while the first one is put back.
    const isOwn = left === 1 || (turn % 4 === 2 && random() < 0.5);
    if (isOwn && turn % 4 === 2) faults.push({ ...span, does: "recreate", ...which });
    else if (isOwn && turn % 4 === 3) faults.push({ ...span, does: "restore" });
    else faults.push({ ...span, does: "rollback", ...which, entries, keepsIds });
  }
}

function faultOf(random: () => number, hosts: number, gateways: number): Fault {
  const below = (n: number): number => Math.floor(random() * n);
  const at = FAULTS_FROM_MS + below(FAULTS_TO_MS - FAULTS_FROM_MS);
  const most = random() < 0.5 ? 3_000 : HEALED_MS - at;
  const span = { at, forMs: 100 + below(most) };
  const [host, gateway] = [`h${below(hosts)}`, `g${below(gateways)}`];
  const machine = random() < 0.6 ? host : gateway;
  const stream = STREAM_NAMES[random() < 0.7 ? below(2) : below(STREAM_NAMES.length)]!;
  const make: readonly (() => Fault)[] = [
    () => ({ ...span, does: "kill", machine }),
    () => ({ ...span, does: "pause", machine }),
    () => ({ ...span, does: "cut", machine }),
    () => ({ ...span, does: "drop", machine }),
    () => ({ ...span, does: "stall", machine }),
    () => ({ ...span, does: "leave", machine: host }),
    () => ({ ...span, does: "routes", from: host, to: gateway, loss: 1, lateMs: 0 }),
    () => ({ ...span, does: "routes", from: host, to: gateway, loss: 0.3, lateMs: 2_000 }),
    () => ({ ...span, does: "routes", from: host, to: gateway, loss: 0.6, lateMs: 300 }),
    () => ({ ...span, does: "stuck", stream, server: below(3) }),
    () => ({ ...span, does: "lag", stream, server: below(3) }),
    () => ({ ...span, does: "leaderless", stream }),
    () => ({ ...span, does: "acks", part: 0.1 + random() * 0.6 }),
    () => ({ ...span, does: "late", part: 0.1 + random() * 0.3, ms: 9_000 }),
    () => ({ ...span, does: "server", server: below(3) }),
    () => ({ ...span, does: "isolate", server: below(3) }),
    () => ({ ...span, does: "behind", server: below(3) }),
    () => ({ ...span, does: "deafen", from: host, to: `h${below(hosts)}` }),
    () => ({ ...span, does: "half", machine, connection: random() < 0.5 ? 0 : 1 }),
    () => ({ ...span, does: "stumble" }),
    () => ({ ...span, does: "all", what: random() < 0.5 ? "kill" : "pause" }),
    () => ({ ...span, does: "device", user: PEOPLE[below(PEOPLE.length)]![0] }),
  ];
  return make[below(make.length)]!();
}
