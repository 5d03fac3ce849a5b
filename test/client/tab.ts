import { createChatClient, type ChatClient } from "../../src/client/client.ts";
import type { ClientStorage } from "../../src/client/storage/storage.ts";
import type { ModelServer } from "./model.ts";

export interface Tab {
  readonly client: ChatClient;
  /** At any moment: from then on it neither hears, nor sends, nor writes. */
  die(): void;
}

/** A browser tab of a user, with the storage that all tabs of that user share. */
export function openTab(
  user: string,
  server: ModelServer,
  disk: ClientStorage,
  random: () => number,
): Tab {
  let alive = true;
  const releases: (() => void)[] = [];
  const sockets = server.socket();
  /** Nothing happens in a dead tab: what it waits for never comes. */
  const inTab = async <T>(value: Promise<T>): Promise<T> => {
    const result = await value;
    return alive ? result : new Promise<never>(() => undefined);
  };
  const mine: InstanceType<typeof sockets>[] = [];
  const client = createChatClient({
    url: "ws://model",
    getToken: () => inTab(Promise.resolve(user)),
    webSocket: class extends sockets {
      constructor(url: string) {
        super(url);
        mine.push(this);
      }
    },
    random,
    storage: {
      load: () => inTab(disk.load()),
      outbox: () => inTab(disk.outbox()),
      done: (key) => inTab(disk.done(key)),
      save: (changes) => inTab(Promise.resolve()).then(() => disk.save(changes)),
      async claim(name) {
        const release = await disk.claim(name);
        if (release && alive) releases.push(release);
        else release?.();
        return inTab(Promise.resolve(release));
      },
    },
  });
  client.connect();
  return {
    client,
    die() {
      alive = false;
      for (const release of releases) release();
      for (const socket of mine) {
        socket.onmessage = socket.onclose = null;
        socket.close();
      }
    },
  };
}

/** A storage that takes its time, as a disk does, and counts. */
export function slow(storage: ClientStorage): ClientStorage & { saves: number } {
  const counting = {
    ...storage,
    saves: 0,
    async save(changes: Parameters<ClientStorage["save"]>[0]) {
      counting.saves++;
      await new Promise((resolve) => setTimeout(resolve, 1));
      await storage.save(changes);
    },
  };
  return counting;
}

/** A storage whose next call of a kind can be held back: what it reads is read before, what it writes is written behind. */
export function holding(storage: ClientStorage) {
  const gates = new Map<string, Promise<void>>();
  const gateOf = (call: string): Promise<void> | undefined => {
    const gate = gates.get(call);
    gates.delete(call);
    return gate;
  };
  const read = async <T>(call: string, answer: Promise<T>): Promise<T> => {
    const gate = gateOf(call);
    const result = await answer;
    await gate;
    return result;
  };
  const held: ClientStorage = {
    ...storage,
    load: () => read("load", storage.load()),
    outbox: () => read("outbox", storage.outbox()),
    done: (key) => read(key === undefined ? "done" : "key", storage.done(key)),
    claim: (name) => read("claim", storage.claim(name)),
    save: async (changes) => {
      await gateOf("save");
      await storage.save(changes);
    },
  };
  /** Holds the next call back, until the returned function is called. */
  const hold = (call: "load" | "outbox" | "done" | "key" | "claim" | "save"): (() => void) => {
    let answer = (): void => undefined;
    gates.set(call, new Promise<void>((resolve) => (answer = resolve)));
    return answer;
  };
  return { storage: held, hold };
}
