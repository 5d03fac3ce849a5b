import type { World } from "../../src/actors/ports.ts";
import type { Copy } from "../../src/events/copy.ts";
import type { GroupAsk } from "../../src/events/groupask.ts";
import type { Signal } from "../../src/protocol/internal/signal.ts";
import type { Store } from "./store.ts";
import type { Anchor } from "../../src/events/record.ts";

/** A host, as its world sees it. */
interface Alive {
  readonly lanes: Map<string, Going[]>;
  readonly holdsAsks: boolean;
  readonly isDead: boolean;
  readonly facts: "held" | "refused" | "unheard" | "heard";
  signal: (signal: Signal) => void;
  alive<T>(work: () => T): Promise<T>;
}

/** A copy on its way. */
export interface Going {
  readonly to: string;
  readonly copy: Copy | GroupAsk;
  readonly stored: () => void;
}

/** An entry of this log, which never goes back. */
const HERE = { position: 0, at: "0" } as Anchor;

/** The world of a host over a stream in memory. */
export function portsOf(store: Store, host: Alive): World {
  return {
    source: store,
    streams: { own: 0, of: (owner) => (owner.startsWith("far") ? 1 : 0) },
    marksOf: (owner) => store.marksOf.get(owner) ?? [],
    at: (seqs) =>
      host.alive(() => {
        if (store.unreadable-- > 0) throw new Error("timeout");
        return store.entries.filter(({ seq }) => seqs.includes(seq) && !store.gone.has(seq));
      }),
    read: (owner, after, upTo) => {
      store.reads.push({ owner, after, upTo });
      const entries = store.mailbox(owner).filter(({ seq }) => seq > after && seq <= upTo);
      return (async function* () {
        // In pages, as the log does.
        for (let i = 0; i < entries.length; i += 3) yield { entries: entries.slice(i, i + 3) };
      })();
    },
    copy: (to, copy) =>
      new Promise<void>((stored) => {
        const lane = host.lanes.get(`${copy.author}>${to}`) ?? [];
        host.lanes.set(`${copy.author}>${to}`, [...lane, { to, copy, stored }]);
      }),
    ask: (owner, fact) =>
      host.holdsAsks
        ? new Promise(() => undefined)
        : host.alive(() => void store.put("fact", owner, fact)),
    accept: async (group, fact, place) => {
      // On its way, and never there.
      if (host.facts === "held") return new Promise<number>(() => undefined);
      if (host.facts === "refused") throw new Error("no leader just now");
      return host.alive(() => {
        const seq = store.accept(group, fact, place);
        // The publisher says it again, as it does what was not answered.
        return host.facts === "unheard" ? store.accept(group, fact, place) : seq;
      });
    },
    close: (owner, event) => host.alive(() => void store.put("session", owner, event)),
    route: (gatewayId, records) => {
      if (host.isDead) return;
      for (const record of records) store.routed.push({ gatewayId, record });
    },
    spread: (group, record) => {
      if (!host.isDead) store.spread.push({ group, record });
    },
    isDead: (gatewayId) => store.dead.has(gatewayId),
    isSuccession: () => false,
    snapshots: {
      load: (owner) => {
        store.loaded.push(owner);
        if (store.outage-- > 0) return Promise.reject(new Error("timeout"));
        return store.loading.then(() =>
          host.alive(() => {
            const state = store.snapshots.get(owner);
            if (state === undefined) return { at: 0 };
            const on = { ...HERE, position: store.snapshotsAt.get(owner) ?? 0 };
            return { saved: { state, on }, at: 0 };
          }),
        );
      },
      isThere: () => host.alive(() => true),
      // Slow enough for an entry to come in between.
      save: (owner, state, seq) =>
        new Promise<void>((done) => setImmediate(done)).then(() =>
          host.alive(() => {
            store.snapshots.set(owner, state);
            store.snapshotsAt.set(owner, seq);
            return 0;
          }),
        ),
    },
    checkpoint: {
      load: () => host.alive(() => store.checkpoint),
      save: (seq) => host.alive(() => void (store.checkpoint = seq)),
    },
    delivered: (sentAt) => void store.delivered.push(sentAt),
    deadLetter: ({ seq }, aside, error) => void store.deadLetters.push({ seq, ...aside, error }),
    onSignal: (hear) => {
      host.signal = hear;
      return () => undefined;
    },
  };
}
