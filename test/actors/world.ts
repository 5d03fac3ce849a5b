import type { Logger } from "pino";
import { vi } from "vitest";
import type { Copy } from "../../src/events/copy.ts";
import type { Aside, Entry } from "../../src/events/entry.ts";
import type { Fact } from "../../src/events/fact.ts";
import type { Anchor } from "../../src/events/record.ts";
import type { SessionEvent } from "../../src/events/session.ts";
import type { RouteRecord } from "../../src/protocol/internal/routes.ts";
import { Partition } from "../../src/actors/partition.ts";
import type { World } from "../../src/actors/ports.ts";
import { LOADING, Turns } from "../../src/actors/turns.ts";
import { MemorySource } from "../support/stream.ts";
import { silent } from "../support/silent.ts";

const LIMITS = { actorsMax: 100, idleMs: 60_000, socketsPerUser: 100 };

/** The things that outlive a crash of the host: the stream of one partition, and its tables. */
export class Store extends MemorySource {
  now = 1_000_000;
  checkpoint = 0;
  readonly snapshots = new Map<string, string>();
  /** Users whose snapshot was asked for. */
  readonly loaded: string[] = [];
  readonly deadLetters: ({ seq: number } & Aside)[] = [];
  /** Times at which messages had been stored whose frames left for sessions. */
  readonly delivered: number[] = [];
  /** Gateways that are declared dead. */
  readonly dead = new Set<string>();
  /** So many questions for a snapshot fail, as when the broker is away. */
  outage = 0;
  /** Seqs of entries that cannot be read again. */
  readonly gone = new Set<number>();
  /** So many questions for owed entries fail. */
  unreadable = 0;
  /** Snapshots are told when it resolves. */
  loading: Promise<void> = Promise.resolve();
  readonly routed: { gatewayId: string; record: RouteRecord }[] = [];

  put(kind: Entry["kind"], owner: string, event: Fact | SessionEvent | Copy | string): number {
    const seq = this.head + 1;
    const raw = typeof event === "string" ? event : JSON.stringify(event);
    this.store({ kind, owner, seq, at: 1_000_000 + seq, raw });
    return seq;
  }

  /** Actors wait for their snapshots until the returned function is called. */
  delayLoading(): () => void {
    let go: () => void = () => undefined;
    this.loading = new Promise((done) => (go = done));
    return go;
  }

  send(author: string, to: string, n: number): number {
    const cid = `phone.${n}`;
    const fact = { type: "MessageSent", author, to, device: "phone", cid, body: `${n}` } as const;
    return this.put("fact", author, fact);
  }

  openSession(owner: string, sessionId: string, gatewayId = "gateway-1"): number {
    const opened = { type: "SessionOpened", sessionId, gatewayId, deviceId: "d" } as const;
    return this.put("session", owner, opened);
  }

  get head(): number {
    return this.entries.at(-1)?.seq ?? 0;
  }

  mailbox(owner: string): Entry[] {
    return this.entries.filter((entry) => entry.owner === owner);
  }

  /** Everything that a gateway was told for one session. */
  routedTo(sessionId: string): RouteRecord[] {
    return this.routed.flatMap(({ record }) =>
      record.sessions.includes(sessionId) ? [record] : [],
    );
  }
}

/** An entry of this log, which never goes back. */
const HERE = { position: 0, at: "0" } as Anchor;

interface Going {
  readonly to: string;
  readonly copy: Copy;
  readonly stored: () => void;
}

/** A host that runs the partition, until it is killed. Its copies are stored when a test says so. */
export class Host {
  readonly partition: Partition;
  /** Copies under way, in order, by lane. */
  readonly lanes = new Map<string, Going[]>();
  readonly #store: Store;
  typing: (typing: { to: string; from: string }) => void = () => undefined;
  #dead = false;

  constructor(store: Store, limits: Partial<typeof LIMITS> = {}, log: Logger = silent) {
    this.#store = store;
    this.partition = new Partition(this.#world(), {
      limits: { ...LIMITS, ...limits },
      turns: { live: new Turns(), loading: new Turns(LOADING) },
      now: () => store.now,
      log,
    });
  }

  /** Nothing that it does from now on has any effect, and nothing it waits for happens. */
  kill(): void {
    this.#dead = true;
    void this.partition.stop();
  }

  /** Stores the first copy of one lane. `heard`: the host learns of it. */
  storeCopy(pick = 0, heard = true): boolean {
    const waiting = [...this.lanes.values()].filter((lane) => lane.length > 0);
    const going = waiting[pick % Math.max(1, waiting.length)]?.shift();
    if (going === undefined) return false;
    this.#store.put("copy", going.to, going.copy);
    if (heard) going.stored();
    return true;
  }

  #alive<T>(work: () => T): Promise<T> {
    return this.#dead ? new Promise<T>(() => undefined) : Promise.resolve(work());
  }

  #world(): World {
    const store = this.#store;
    return {
      source: store,
      streams: { own: 0, of: (owner) => (owner.startsWith("far") ? 1 : 0) },
      at: (seqs) =>
        this.#alive(() => {
          if (store.unreadable-- > 0) throw new Error("timeout");
          return store.entries.filter(({ seq }) => seqs.includes(seq) && !store.gone.has(seq));
        }),
      read: (owner, after, upTo) => {
        const entries = store.mailbox(owner).filter(({ seq }) => seq > after && seq <= upTo);
        return (async function* () {
          // In pages, as the log does.
          for (let i = 0; i < entries.length; i += 3) yield { entries: entries.slice(i, i + 3) };
        })();
      },
      copy: (to, copy) =>
        new Promise<void>((stored) => {
          const lane = this.lanes.get(`${copy.author}>${to}`) ?? [];
          this.lanes.set(`${copy.author}>${to}`, [...lane, { to, copy, stored }]);
        }),
      close: (owner, event) => this.#alive(() => void store.put("session", owner, event)),
      route: (gatewayId, records) => {
        if (this.#dead) return;
        for (const record of records) store.routed.push({ gatewayId, record });
      },
      isDead: (gatewayId) => store.dead.has(gatewayId),
      isSuccession: () => false,
      snapshots: {
        load: (owner) => {
          store.loaded.push(owner);
          if (store.outage-- > 0) return Promise.reject(new Error("timeout"));
          return store.loading.then(() =>
            this.#alive(() => {
              const state = store.snapshots.get(owner);
              return state === undefined ? { at: 0 } : { saved: { state, on: HERE }, at: 0 };
            }),
          );
        },
        isThere: () => this.#alive(() => true),
        // Slow enough for an entry to come in between.
        save: (owner, state) =>
          new Promise<void>((done) => setImmediate(done)).then(() =>
            this.#alive(() => {
              store.snapshots.set(owner, state);
              return 0;
            }),
          ),
      },
      checkpoint: {
        load: () => this.#alive(() => store.checkpoint),
        save: (seq) => this.#alive(() => void (store.checkpoint = seq)),
      },
      delivered: (sentAt) => void store.delivered.push(sentAt),
      deadLetter: ({ seq }, aside) => void store.deadLetters.push({ seq, ...aside }),
      onTyping: (hear) => {
        this.typing = hear;
        return () => undefined;
      },
    };
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
) {
  const host = new Host(store, limits, log);
  await host.partition.start();
  return host;
}

export const copiesTo = (store: Store, to: string): Copy[] =>
  store.mailbox(to).flatMap(({ kind, raw }) => (kind === "copy" ? [JSON.parse(raw) as Copy] : []));
