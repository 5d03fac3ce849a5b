import type { Logger } from "pino";
import { vi } from "vitest";
import type { Copy } from "../../src/events/copy.ts";
import { isGroup } from "../../src/events/messageid.ts";
import type { Signal } from "../../src/protocol/internal/signal.ts";
import { ParkingRoom } from "../../src/actors/parking.ts";
import { Partition } from "../../src/actors/partition.ts";
import { portsOf, type Going } from "./ports.ts";
import type { Store } from "./store.ts";
import { LOADING, Turns } from "../../src/actors/turns.ts";
import { silent } from "../support/silent.ts";

const LIMITS = { actorsMax: 100, idleMs: 60_000, socketsPerUser: 100 };

/** A host that runs the partition, until it is killed. Its copies are stored when a test says so. */
export class Host {
  readonly partition: Partition;
  /** Copies under way, in order, by lane. */
  readonly lanes = new Map<string, Going[]>();
  readonly #store: Store;
  signal: (signal: Signal) => void = () => undefined;
  /** Questions of actors to groups are not stored. */
  holdsAsks = false;
  /** The way of groups' facts: stored and told, stored with a lost answer, not taken for now, or on their way. */
  facts: "held" | "refused" | "unheard" | "heard" = "heard";
  isDead = false;

  constructor(
    store: Store,
    limits: Partial<typeof LIMITS> = {},
    log: Logger = silent,
    room = new ParkingRoom(32_768),
  ) {
    this.#store = store;
    this.partition = new Partition(portsOf(store, this), {
      limits: { ...LIMITS, ...limits },
      turns: { live: new Turns(), loading: new Turns(LOADING) },
      room,
      now: () => store.now,
      log,
    });
  }

  /** Nothing that it does from now on has any effect, and nothing it waits for happens. */
  kill(): void {
    this.isDead = true;
    void this.partition.stop();
  }

  /** Stores the first copy of one lane. `heard`: the host learns of it. */
  storeCopy(pick = 0, heard = true): boolean {
    const waiting = [...this.lanes.values()].filter((lane) => lane.length > 0);
    const going = waiting[pick % Math.max(1, waiting.length)]?.shift();
    if (going === undefined) return false;
    this.#store.put(isGroup(going.to) ? "ask" : "copy", going.to, going.copy);
    if (heard) going.stored();
    return true;
  }

  /** Nothing that is waited for comes to a host that is dead. */
  alive<T>(work: () => T): Promise<T> {
    return this.isDead ? new Promise<T>(() => undefined) : Promise.resolve(work());
  }
}

export const CHECKPOINT_MS = 200;
export const TIDY_MS = 5_000;
export const USERS = ["alice", "bob", "carol"] as const;

/** Lets everything that is due happen. */
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

/** Until the host has folded all there is. */
export async function folded(store: Store, host: Host): Promise<void> {
  while (host.partition.seq < store.head || !host.partition.isCalm) await turn();
  await turn();
}

export async function pass(store: Store, ms: number): Promise<void> {
  store.now += ms;
  vi.advanceTimersByTime(ms);
  await turn();
}

/** Until every copy that is asked for is stored and folded. */
export async function settled(store: Store, host: Host): Promise<void> {
  do await folded(store, host);
  while (host.storeCopy());
}

export async function running(
  store: Store,
  limits: Partial<typeof LIMITS> = {},
  log: Logger = silent,
  room?: ParkingRoom,
) {
  const host = new Host(store, limits, log, room);
  await host.partition.start();
  return host;
}

export const copiesTo = (store: Store, to: string): Copy[] =>
  store.mailbox(to).flatMap(({ kind, raw }) => (kind === "copy" ? [JSON.parse(raw) as Copy] : []));
