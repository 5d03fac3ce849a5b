import type { Activity } from "../events/activity.ts";
import type { Entry } from "../events/entry.ts";
import type { Event, Stated } from "../events/event.ts";
import type { GroupFact } from "../events/groupfact.ts";
import type { Tick } from "../events/tick.ts";
import { isGroup } from "../events/messageid.ts";
import type { GroupHead, LogReading, World } from "../gateway/ports.ts";
import { statedId } from "../nats/names.ts";
import type { HistoryAnswer, MessageRow } from "../protocol/frames/history.ts";
import { isMessage } from "../protocol/frames/history.ts";
import { joined } from "../projections/joined.ts";
import type { OwnChats } from "../projections/views/chats.ts";
import { writeReply, type Query } from "../protocol/internal/query.ts";
import type { GroupRecord, Parcel } from "../protocol/internal/routes.ts";
import type { FollowQuestion } from "../protocol/internal/signal.ts";
import { isTrueOf, standsAt, type Claim } from "../rules/claim.ts";
import { MemoryActors } from "./memoryactors.ts";
import { MemoryLog } from "./memorylog.ts";
import { MemoryViews } from "./memoryviews.ts";

interface Options {
  readonly epoch: string;
  /** ms since 1970. */
  now(): number;
  readonly onlineMs: number;
}

/** Log, actors, views and signals in memory, as a gateway needs them. Entries have their effects at once. */
export class MemoryWorld implements World {
  readonly gatewayId = "gw-double";
  readonly durability = "stored";
  readonly #log: MemoryLog;
  readonly #views: MemoryViews;
  readonly #actors: MemoryActors;
  readonly #now: () => number;
  /** Seqs by the names under which a broker would know them again. */
  readonly #named = new Map<string, number>();
  readonly #watched = new Map<string, Set<(at: number) => void>>();
  readonly #attended = new Map<string, Set<(record: GroupRecord) => void>>();
  /** Entries that actors have not taken yet: one after the other, in the order of the log. */
  readonly #due: Entry[] = [];
  #parcels = 0;
  readonly #active = new Map<string, number>();
  #route: (parcel: Parcel) => void = () => undefined;

  constructor({ epoch, now, onlineMs }: Options) {
    this.#now = now;
    this.#log = new MemoryLog(epoch, now);
    this.#views = new MemoryViews({ now, onlineMs });
    this.#actors = new MemoryActors({
      copy: (to, copy) => void this.#append(isGroup(to) ? "ask" : "copy", to, copy),
      accept: async (group, fact, { ended, endedBefore }) =>
        this.#append("group", group, fact, {
          ...(ended !== undefined && { ended }),
          ...(endedBefore > 0 && { endedBefore }),
        }),
      spread: (group, record) => {
        for (const hear of this.#attended.get(group) ?? []) hear(record);
      },
      route: (gatewayId, records) => {
        if (gatewayId === this.gatewayId)
          this.#route({ host: "host-double", n: ++this.#parcels, records });
      },
    });
  }

  epochOf = (): string => this.#log.epoch;
  positionAt = (_user: string, seq: number): number => seq;

  async holds(user: string, claim: Claim): Promise<boolean> {
    const found = this.#log.at(standsAt(claim));
    const entry = found && { isMine: found.owner === user, at: found.at };
    return isTrueOf(claim, { generation: 0, entry });
  }
  readonly streams = 1;
  streamOf = (): number => 0;
  async heads(_k: number, users: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return new Map(users.map((user) => [user, this.#log.followed(user).at(-1)?.seq ?? 0]));
  }
  async fact(user: string, seq: number): Promise<string | undefined> {
    const entry = this.#log.at(seq);
    return entry?.owner === user && entry.kind === "fact" ? entry.raw : undefined;
  }
  begin(user: string, after: number): LogReading {
    const find = (upTo: number): Entry[] =>
      this.#log.followed(user).filter(({ seq }) => seq > after && seq <= upTo);
    return {
      after,
      async *pages(upTo: number) {
        yield { entries: find(upTo), pending: 0 };
      },
      stop: () => undefined,
    };
  }

  async state(user: string, _sessionId: string, event: Stated, again?: string) {
    const name = statedId(event, again);
    const known = name === undefined ? undefined : this.#named.get(name);
    if (known !== undefined) return { seq: known, duplicate: true };
    const seq = this.#append("sessionId" in event ? "session" : "fact", user, event);
    if (name !== undefined) this.#named.set(name, seq);
    return { seq, duplicate: false };
  }
  refuses = (): boolean => false;
  receipt: World["receipt"] = (user, sessionId, event) =>
    this.state(user, sessionId, event).then(() => ({ event }));

  async ask(query: Query): Promise<string> {
    const reply = this.#views.answer(query);
    if (query.view !== "chats" || "error" in reply) return writeReply(reply);
    const own = { seq: reply.seq, result: reply.result as OwnChats };
    const ask = async (_stream: string, part: Query) => {
      const said = this.#views.answer(part);
      return "error" in said ? writeReply(said) : said;
    };
    return joined(own, query, { streamOf: () => "", ask });
  }

  /** The newest messages of a conversation, oldest first. */
  history(owner: string, peer: string, limit: number): readonly MessageRow[] {
    const page = { owner, atLeast: 0, limit };
    const query: Query = isGroup(peer)
      ? { ...page, view: "grouphistory", group: peer }
      : { ...page, view: "history", peer };
    const reply = this.#views.answer(query);
    return "error" in reply ? [] : (reply.result as HistoryAnswer).messages.filter(isMessage);
  }

  /** The place that a group has given to what its author stored at `cause`. */
  accepted(group: string, cause: number, author: string): number | undefined {
    const isIt = ({ raw }: Entry): boolean => {
      const fact = JSON.parse(raw) as GroupFact;
      return fact.type === "MessageSent" && fact.cause === cause && fact.author === author;
    };
    return this.#log.followed(group).findLast(isIt)?.seq;
  }

  typing(typing: { to: string; from: string }): void {
    this.#actors.typing(typing);
  }
  active(user: string, action: Activity["action"]): void {
    const { at } = this.#project(
      this.#log.append("activity", user, { type: "UserActive", action }),
    );
    this.#active.set(user, at);
    for (const hear of this.#watched.get(user) ?? []) hear(at);
  }
  onActive(user: string, hear: (at: number) => void): () => void {
    const heard = this.#watched.get(user) ?? new Set();
    this.#watched.set(user, heard.add(hear));
    return () => void heard.delete(hear);
  }
  async lastActive(user: string) {
    const at = this.#active.get(user);
    return at === undefined ? undefined : { at, ageMs: Math.max(0, this.#now() - at) };
  }

  attend(group: string, hear: (record: GroupRecord) => void): () => void {
    const heard = this.#attended.get(group) ?? new Set();
    this.#attended.set(group, heard.add(hear));
    return () => void heard.delete(hear);
  }
  async groupHeads(_k: number, groups: readonly string[]): Promise<ReadonlyMap<string, GroupHead>> {
    const heads = groups.flatMap((group) => {
      const { seq, ended, endedBefore = 0 } = this.#log.followed(group).at(-1) ?? {};
      return seq === undefined ? [] : [[group, { seq, ended, endedBefore }] as const];
    });
    return new Map(heads);
  }
  async groupFacts(_k: number, seqs: readonly number[]): Promise<readonly Entry[]> {
    return seqs.flatMap((seq) => this.#log.at(seq) ?? []);
  }
  async gather(group: string, tick: Tick): Promise<number> {
    return this.#append("tick", group, tick);
  }
  follow(question: FollowQuestion): void {
    this.#actors.follow(question);
  }
  /** Nothing that is spread here is lost. */
  audience = (): void => undefined;

  onRoute(hear: (parcel: Parcel) => void): () => void {
    this.#route = hear;
    return () => (this.#route = () => undefined);
  }
  onReconnect = (): (() => void) => () => undefined;
  /** This log is always there, and there is no other gateway. */
  readonly neighbourhood: World["neighbourhood"] = {
    get storedAt() {
      return performance.now();
    },
    renew: () => undefined,
    hasOthers: false,
  };

  #append(
    kind: Exclude<Entry["kind"], "owner" | "activity">,
    owner: string,
    event: Event,
    envelope?: Pick<Entry, "ended" | "endedBefore">,
  ): number {
    const entry = this.#project(this.#log.append(kind, owner, event, envelope));
    // An entry of an actor's own making waits until that one is done.
    if (this.#due.push(entry) > 1) return entry.seq;
    for (let next = this.#due[0]; next !== undefined; next = this.#due[0]) {
      this.#actors.take(next);
      this.#due.shift();
    }
    return entry.seq;
  }

  #project(entry: Entry): Entry {
    this.#views.take(entry);
    return entry;
  }
}
