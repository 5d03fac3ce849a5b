import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import type { Copy } from "../../src/events/copy.ts";
import { open, type Entry } from "../../src/events/entry.ts";
import type { Fact } from "../../src/events/fact.ts";
import { RULES } from "../../src/events/owner.ts";
import type { SessionEvent } from "../../src/events/session.ts";
import { chats } from "../../src/projections/views/chats.ts";
import { history } from "../../src/projections/views/history.ts";
import { readReply } from "../../src/protocol/internal/query.ts";
import type { ChatRow } from "../../src/protocol/frames/chats.ts";
import type { MessageRow } from "../../src/protocol/frames/history.ts";
import type { StatusAnswer } from "../../src/protocol/frames/status.ts";
import type { Following, Source } from "../../src/events/source.ts";
import { project } from "../../src/projections/project.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import type { Checkpoint } from "../../src/projections/store/checkpoint.ts";
import {
  beyond,
  lowest,
  numberOf,
  type Bounds,
  type Key,
  type Reading,
  type Rows,
} from "../../src/projections/store/rows.ts";
import { wordsOf } from "../../src/rules/receipts.ts";
import { status } from "../../src/projections/views/status.ts";

export const silent = pino({ level: "silent" });

/** A folder that goes when the test is over. */
export function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "posthorn-views-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Where views begin that are of no registered view. */
export const beginning = (epoch: string): Checkpoint => ({ epoch, seq: 0, views: {} });

/** Rows without a disk. A row that is put in is frozen: a projection that changes a row in place fails. */
export class MemoryRows implements Rows {
  readonly all = new Map<string, unknown>();

  get<Row>(key: Key<Row>): Row | undefined {
    return this.all.get(key) as Row | undefined;
  }

  put<Row>(key: Key<Row>, row: Row): void {
    this.all.set(key, Object.freeze(row));
  }

  remove(key: string): void {
    this.all.delete(key);
  }

  *range<Row>(prefix: Key<Row>, bounds: Bounds = {}): Iterable<readonly [number, Row]> {
    const low = lowest(prefix, bounds);
    const high = beyond(prefix, bounds);
    const keys = [...this.all.keys()].filter((key) => key >= low && key < high).toSorted();
    for (const key of bounds.reverse ? keys.toReversed() : keys)
      yield [numberOf(key), this.all.get(key) as Row];
  }
}

/** When an entry was stored, in the tests: easy to read back. */
const at = (seq: number): number => 1_000_000 + seq;

const entry = (
  kind: Entry["kind"],
  owner: string,
  seq: number,
  event: Fact | SessionEvent | Copy,
): Entry => ({
  kind,
  owner,
  seq,
  at: at(seq),
  raw: JSON.stringify(event),
});

type Watermarks = { delivered: number; read: number };

const written = (author: string, to: string) =>
  ({ type: "MessageSent", author, to, device: "phone" }) as const;

/** The entries of one mailbox, `owner`'s. */
export const mailbox = (owner: string) => ({
  sent: (seq: number, to: string, cid = `phone.${seq}`, body = `${owner} ${seq}`): Entry =>
    entry("fact", owner, seq, { ...written(owner, to), cid, body }),
  retried: (seq: number, to: string, cid: string, replaces: string): Entry =>
    entry("fact", owner, seq, { ...written(owner, to), cid, replaces, body: `${owner} ${seq}` }),
  told: (seq: number, author: string, position: number, body = `${author} ${position}`): Entry =>
    entry("copy", owner, seq, {
      type: "MessageSent",
      author,
      to: owner,
      cid: `phone.${position}`,
      body,
      cause: position,
      position,
      sentAt: at(position),
    }),
  received: (seq: number, peer: string, marks: Watermarks): Entry =>
    entry("fact", owner, seq, { ...wordsOf(marks), author: owner, peer, device: "phone" }),
  ticked: (seq: number, author: string, cause: number, marks: Watermarks): Entry =>
    entry("copy", owner, seq, { ...wordsOf(marks), author, peer: owner, cause }),
  opened: (seq: number): Entry =>
    entry("session", owner, seq, {
      type: "SessionOpened",
      sessionId: "s",
      gatewayId: "g",
      deviceId: "d",
    }),
});

export const delivered = (upTo: number): Watermarks => ({ delivered: upTo, read: 0 });
export const read = (upTo: number): Watermarks => ({ delivered: upTo, read: upTo });

/** The views' answers to `owner`. */
export const views = (rows: Reading, owner: string) => ({
  chats: (page: { limit?: number; before?: number; repeats?: boolean } = {}) =>
    chats.answer(rows, { view: "chats", owner, atLeast: 0, limit: 50, ...page }),
  chat: (peer: string): ChatRow | undefined =>
    chats
      .answer(rows, { view: "chats", owner, atLeast: 0, limit: 200 })
      .chats.find((chat) => chat.peer === peer),
  history: (peer: string, page: { limit?: number; before?: number; after?: number } = {}) =>
    history.answer(rows, { view: "history", owner, peer, atLeast: 0, limit: 50, ...page }),
  status: (id: string): StatusAnswer | undefined =>
    status.answer(rows, { view: "status", owner, atLeast: 0, id }),
});

/** `given(what happened).when(what happens then)` → the views of alice, whose mailbox it is. */
export const given = (...before: Entry[]) => ({
  when: (...then: Entry[]) => {
    const rows = new MemoryRows();
    for (const each of [...before, ...then]) project(rows, open(each), VIEWS);
    return { ...views(rows, "alice"), rows: rows.all };
  },
});

/** A reply of the views, with what it answers or why it does not. */
export function opened(text: string): { seq: number; result: unknown } | { error: string } {
  const reply = readReply(text);
  if (reply.kind === "refusal") return { error: reply.code };
  return { seq: reply.seq, result: JSON.parse(reply.result) };
}

export const seqs = (messages: readonly MessageRow[]): number[] => messages.map(({ seq }) => seq);

/** A stream in memory, which a test writes to while it is followed. */
export class MemorySource implements Source {
  readonly name: string;
  epoch = "first";
  rules = RULES;
  readonly entries: Entry[] = [];
  /** Entries handed over at a time. */
  batchMax = 100;
  readonly followed: number[] = [];
  readonly #idle = new Set<() => void>();

  constructor(name = "MAILBOX_0") {
    this.name = name;
  }

  /** Seq of an entry that was stored and is gone, when it was the newest. */
  erased = 0;
  clock = 0;

  async last(): Promise<number> {
    return Math.max(this.erased, this.entries.at(-1)?.seq ?? 0);
  }

  async time(): Promise<number> {
    return this.clock;
  }

  store(...entries: Entry[]): void {
    this.entries.push(...entries);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#idle) wake();
    this.#idle.clear();
  }

  follow(after: number, take: (batch: readonly Entry[]) => Promise<void> | void): Following {
    this.followed.push(after);
    const over = new AbortController();
    let seen = after;
    let reach = (): void => undefined;
    const caughtUp = new Promise<void>((resolve) => (reach = resolve));
    const goal = this.entries.at(-1)?.seq ?? 0;
    const work = async (): Promise<void> => {
      while (!over.signal.aborted) {
        if (seen >= goal) reach();
        const batch = this.entries.filter(({ seq }) => seq > seen).slice(0, this.batchMax);
        if (batch.length === 0) await new Promise<void>((done) => this.#idle.add(done));
        else await take(batch);
        seen = batch.at(-1)?.seq ?? seen;
      }
    };
    const done = work();
    return {
      done,
      caughtUp,
      stop: () => {
        over.abort();
        this.#wake();
        return done.catch(() => undefined);
      },
    };
  }
}
