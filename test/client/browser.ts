import { Farewell } from "../../src/client/storage/farewell.ts";
import { Life } from "../../src/client/storage/generation.ts";
import {
  doneIn,
  keep,
  localClaims,
  post,
  type ClientStorage,
  type DoneKey,
  type Meta,
} from "../../src/client/storage/storage.ts";
import type { LocalChat } from "../../src/client/mailbox/localchat.ts";
import type { OutboxEntry } from "../../src/client/outbox/entry.ts";

/** The storage of one browser, which its tabs share. It can be cleared and be full. */
export class BrowserDisk {
  readonly outbox = new Map<string, OutboxEntry>();
  readonly keys = new Map<string, DoneKey>();
  /** Nothing more is taken. */
  full = false;
  /** Tabs are told nothing, as in a browser that has no channel. */
  deaf = false;
  readonly #farewell = new Farewell();
  readonly #chats = new Map<string, LocalChat>();
  readonly #claim = localClaims();
  #meta: Meta | undefined;
  #generation: string | undefined;

  /** Somebody clears the site's data; the tabs go on. */
  clear(): void {
    this.outbox.clear();
    this.keys.clear();
    this.#chats.clear();
    this.#meta = this.#generation = undefined;
  }

  get meta(): Meta | undefined {
    return this.#meta;
  }

  /** The storage as one tab holds it. */
  open(): ClientStorage {
    const life = new Life();
    return {
      load: async () => {
        life.loaded([this.#generation]);
        const chats = [...this.#chats.values()];
        return this.#meta === undefined ? { chats } : { meta: this.#meta, chats };
      },
      outbox: async () => [...this.outbox.values()],
      done: async (key) => doneIn(this.keys, key),
      save: async (changes) => {
        if (this.full) throw new Error("the disk is full");
        const { generation, clear } = life.admit([this.#generation], changes);
        this.#generation = generation;
        if (clear) this.#chats.clear();
        for (const chat of changes.chats ?? []) this.#chats.set(chat.peer, chat);
        this.#meta = changes.meta ?? (clear ? undefined : this.#meta);
        post(this.outbox, changes);
        keep(this.keys, changes);
        life.saved(generation);
        if (!this.deaf) this.#farewell.saved(changes);
      },
      claim: this.#claim,
      onForgotten: (hear) => this.#farewell.hear(hear),
    };
  }
}

/** The storage, whose saves take so many ms. */
export function slow(
  storage: ClientStorage,
  msOf: (changes: Parameters<ClientStorage["save"]>[0]) => number,
): ClientStorage {
  const save: ClientStorage["save"] = async (changes) => {
    const ms = msOf(changes);
    if (ms > 0) await new Promise((done) => setTimeout(done, ms));
    await storage.save(changes);
  };
  return { ...storage, save };
}
