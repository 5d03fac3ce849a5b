import type { Msg } from "@nats-io/transport-node";
import { familyOf, type Cluster } from "./cluster.ts";
import type { Program } from "./time.ts";

/** No answer. */
export const SILENCE = Symbol("silence");
/** Waits of those who ask and are not answered. */
const ASK_MS = 5_000;

interface Options {
  readonly reply?: string;
  readonly headers?: { encode(): Uint8Array };
}
/** A connection of which nothing is ever said. */
const NO_NEWS = {
  [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }),
};
type Hear = (error: Error | null, msg: Msg) => void;

export interface Subscription {
  readonly connection: Connection;
  readonly subject: string;
  readonly hear: Hear;
}

/** A program's connection to one server of the cluster, in order both ways, until it is cut. */
export class Connection {
  readonly program: Program;
  readonly cluster: Cluster;
  readonly name: string;
  server: number;
  /** Does it carry anything? */
  isOpen = true;
  /** Nothing comes through before then; nothing of it is lost. */
  stalledUntil = 0;
  /** Has its program not been told that it is cut? */
  seemsOpen = true;
  readonly #subscriptions = new Map<string, Subscription[]>();
  readonly #listeners = new Set<() => void>();
  /** When the last message of each direction comes. */
  readonly #last = { up: 0, down: 0 };
  #inboxes = 0;

  constructor(program: Program, cluster: Cluster, name: string, server: number) {
    this.program = program;
    this.cluster = cluster;
    this.name = name;
    this.server = server;
    cluster.connections.add(this);
  }

  /** The connection as `src/nats/connection.ts` hands it out. */
  get link() {
    const nc = {
      subscribe: (subject: string, { callback }: { callback: Hear }) =>
        this.#subscribe(subject, callback),
      publish: (subject: string, payload: string | Uint8Array = "", options: Options = {}) =>
        this.publish(subject, textOf(payload), options),
      request: (
        subject: string,
        payload: string | Uint8Array,
        options: Options & { timeout: number },
      ) => this.#request(subject, textOf(payload), options),
      flush: () => this.ask(() => undefined),
      isClosed: () => false,
      status: () => NO_NEWS,
    };
    return {
      nc,
      connected: () => this.seemsOpen,
      onReconnect: (listener: () => void) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      inbox: () => this.#inbox(),
      drain: () => Promise.resolve(),
    };
  }

  publish(subject: string, data: string, { reply = "", headers }: Options): void {
    // The library drops what is published without a connection.
    if (!this.seemsOpen) return;
    const head = headers === undefined ? "" : textOf(headers.encode());
    this.up(() => this.cluster.take(this, { subject, data, reply, head }));
  }

  /** Has the cluster do something, and brings the answer back. @throws Error when none comes. */
  ask<T>(work: () => T | typeof SILENCE): Promise<T> {
    const { time } = this.cluster;
    return new Promise((resolve, reject) => {
      const late = time.after(ASK_MS, () => reject(new Error("timeout")), this.program);
      this.up(() => {
        const answer = work();
        if (answer === SILENCE) return;
        this.down(() => {
          late.run = undefined;
          if (answer instanceof Error) reject(answer);
          else resolve(answer);
        });
      });
    });
  }

  /** Something on its way to the cluster. */
  up(arrive: () => void): void {
    this.#travel("up", arrive, "world");
  }

  /** Something on its way to the program; `lateMs`: besides, and overtaken by others. */
  down(arrive: () => void, lateMs = 0): void {
    this.#travel("down", arrive, this.program, lateMs);
  }

  #travel(way: "up" | "down", arrive: () => void, program: Program | "world", lateMs = 0): void {
    if (!this.isOpen) return;
    const { time, latency } = this.cluster;
    const soon = Math.max(time.now + latency(), this.#last[way], this.stalledUntil);
    if (lateMs === 0) this.#last[way] = soon;
    time.after(
      soon + lateMs - time.now,
      () => {
        if (!this.isOpen) return;
        if (time.now < this.stalledUntil) this.#travel(way, arrive, program);
        else arrive();
      },
      program,
    );
  }

  hear(msg: Msg): void {
    for (const { hear } of this.heardBy(msg.subject)) hear(null, msg);
  }

  /** Those who hear what is said on a subject: exactly that one, or one whose last token is free. */
  heardBy(subject: string): Subscription[] {
    const exact = this.#subscriptions.get(subject);
    return exact ?? this.#subscriptions.get(familyOf(subject)) ?? [];
  }

  /** It is cut. `told`: its program sees it. */
  cut(told: boolean): void {
    this.isOpen = false;
    if (told) this.seemsOpen = false;
  }

  /** It carries again, perhaps at another server. */
  reopen(server = this.server): void {
    this.server = server;
    this.isOpen = true;
    this.#last.up = this.#last.down = 0;
    this.cluster.time.after(
      0,
      () => {
        this.seemsOpen = true;
        for (const listener of this.#listeners) listener();
      },
      this.program,
    );
  }

  #inbox(): string {
    return `_INBOX_posthorn.${this.name}x${this.#inboxes++}`;
  }

  #subscribe(subject: string, hear: Hear) {
    const subscription = { connection: this, subject, hear };
    this.#subscriptions.set(subject, [...(this.#subscriptions.get(subject) ?? []), subscription]);
    this.cluster.listen(subject, this);
    return {
      unsubscribe: () => {
        const others = this.#subscriptions.get(subject)?.filter((each) => each !== subscription);
        if (others === undefined || others.length === 0) this.#subscriptions.delete(subject);
        else this.#subscriptions.set(subject, others);
      },
    };
  }

  #request(subject: string, data: string, { headers, timeout }: Options & { timeout: number }) {
    const { time } = this.cluster;
    const reply = this.#inbox();
    return new Promise<Msg>((resolve, reject) => {
      const subscription = this.#subscribe(reply, (_error, msg) => {
        subscription.unsubscribe();
        late.run = undefined;
        if (msg.headers?.code === 503) reject(new Error("no responders"));
        else resolve(msg);
      });
      const late = time.after(
        timeout,
        () => {
          subscription.unsubscribe();
          reject(new Error("timeout"));
        },
        this.program,
      );
      this.publish(subject, data, { reply, ...(headers !== undefined && { headers }) });
    });
  }
}

const textOf = (payload: string | Uint8Array): string =>
  typeof payload === "string" ? payload : Buffer.from(payload).toString("utf8");
