import type { Copy } from "../../src/events/copy.ts";
import type { Aside, Entry } from "../../src/events/entry.ts";
import type { Fact } from "../../src/events/fact.ts";
import type { GroupAsk } from "../../src/events/groupask.ts";
import type { GroupFact } from "../../src/events/groupfact.ts";
import type { Mark } from "../../src/events/position.ts";
import { OutrunError } from "../../src/events/record.ts";
import type { SessionEvent } from "../../src/events/session.ts";
import type { GroupRecord, RouteRecord } from "../../src/protocol/internal/routes.ts";
import type { FactPlace } from "../../src/actors/ports.ts";
import { MemorySource } from "../support/stream.ts";

/** The things that outlive a crash of the host: the stream of one partition, and its tables. */
export class Store extends MemorySource {
  now = 1_000_000;
  checkpoint = 0;
  readonly snapshots = new Map<string, string>();
  /** Everything of an owner up to there is in the snapshot. */
  readonly snapshotsAt = new Map<string, number>();
  /** Users whose snapshot was asked for. */
  readonly loaded: string[] = [];
  /** Mailboxes that were read, and from where to where. */
  readonly reads: { owner: string; after: number; upTo: number }[] = [];
  readonly deadLetters: ({ seq: number; error: unknown } & Aside)[] = [];
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
  readonly spread: { group: string; record: GroupRecord }[] = [];
  /** Where the generations of somebody's stream begin. */
  readonly marksOf = new Map<string, readonly Mark[]>();

  put(
    kind: Entry["kind"],
    owner: string,
    event: Fact | SessionEvent | Copy | GroupAsk | string,
  ): number {
    const seq = this.head + 1;
    const raw = typeof event === "string" ? event : JSON.stringify(event);
    this.store({ kind, owner, seq, at: 1_000_000 + seq, raw });
    return seq;
  }

  /** A group's fact, if the last one is where its host knows it. */
  accept(group: string, fact: GroupFact, { after, ended, endedBefore }: FactPlace): number {
    const last = this.mailbox(group).findLast(({ kind }) => kind === "group")?.seq ?? 0;
    if (last !== after) throw new OutrunError("another entry is the last one there", last);
    const seq = this.head + 1;
    const envelope = { ...(ended && { ended }), ...(endedBefore > 0 && { endedBefore }) };
    const raw = JSON.stringify(fact);
    this.store({ kind: "group", owner: group, seq, at: 1_000_000 + seq, raw, ...envelope });
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

  /** All that a group was asked. */
  asksOf(group: string): GroupAsk[] {
    return this.mailbox(group).flatMap(({ kind, raw }) =>
      kind === "ask" ? [JSON.parse(raw) as GroupAsk] : [],
    );
  }

  get head(): number {
    return this.entries.at(-1)?.seq ?? 0;
  }

  mailbox(owner: string): Entry[] {
    return this.entries.filter((entry) => entry.owner === owner);
  }

  /** Everything that a gateway was told for one session, but which groups to follow. */
  routedTo(sessionId: string): RouteRecord[] {
    return this.#recordsTo(sessionId).filter(({ kind }) => kind !== "follow");
  }

  /** All that a gateway was told of the groups that one session follows. */
  followsOf(sessionId: string): RouteRecord[] {
    return this.#recordsTo(sessionId).filter(({ kind }) => kind === "follow");
  }

  #recordsTo(sessionId: string): RouteRecord[] {
    return this.routed.flatMap(({ record }) =>
      record.sessions.includes(sessionId) ? [record] : [],
    );
  }
}
