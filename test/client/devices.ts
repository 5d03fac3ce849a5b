import { afterEach, beforeEach, vi } from "vitest";
import {
  createChatClient,
  type ChatClient,
  type ClientEvents,
  type ClientOptions,
} from "../../src/client/client.ts";
import type { ClientFrame } from "../../src/protocol/frames/frame.ts";
import type { OutboxEntry } from "../../src/client/outbox/entry.ts";
import { ModelServer } from "./model.ts";
import type { ModelSocket } from "./socket.ts";

/** The server of the test that runs. */
export let server: ModelServer;

/** Gives each test of a spec a server and a time of its own. */
export function modelServer(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    server = new ModelServer();
  });
  afterEach(() => void vi.useRealTimers());
}

/** Time passes, and what waits for it happens. */
export const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

export function device(user: string, options: Partial<ClientOptions> = {}): ChatClient {
  const getToken = () => Promise.resolve(user);
  return createChatClient({ url: "ws://x", getToken, webSocket: server.socket(), ...options });
}

export async function online(
  user: string,
  options: Partial<ClientOptions> = {},
): Promise<ChatClient> {
  const client = device(user, options);
  client.connect();
  await pass(100);
  return client;
}

export const bodies = (client: ChatClient, peer: string): string[] =>
  client.messages(peer).items.map(({ body }) => body);
export const statuses = (client: ChatClient, peer: string): string[] =>
  client.messages(peer).items.map(({ status }) => status);

/** An entry that an earlier run has left in the storage. */
export function left(cid: string, other: Partial<OutboxEntry> = {}): OutboxEntry {
  const writer = cid.slice(0, cid.indexOf("."));
  const entry = { author: "alice", to: "bob", body: "", at: 1, rank: 1, login: "l" };
  return { ...entry, cid, writer, name: `x-${cid.replace(".", "-")}`, ...other };
}

/** Everything that the server was told. */
export const heard = <T extends ClientFrame["t"]>(t: T): Extract<ClientFrame, { t: T }>[] =>
  server.heard.filter((frame): frame is Extract<ClientFrame, { t: T }> => frame.t === t);

/** Answers that a subscriber reads from now on, each once. */
export function answers<T>(client: ChatClient, get: () => T): T[] {
  const all: T[] = [];
  let last = get();
  client.subscribe(() => {
    if (Object.is(get(), last)) return;
    last = get();
    all.push(last);
  });
  return all;
}

/** Everything that a client says from now on. */
export function gather<K extends keyof ClientEvents>(
  client: ChatClient,
  event: K,
): ClientEvents[K][] {
  const all: ClientEvents[K][] = [];
  client.on(event, (payload) => void all.push(payload));
  return all;
}

/** Connection states from now on. */
export const states = (client: ChatClient): string[] => {
  const all: string[] = [];
  client.subscribe(() => all.push(client.connection.state));
  return all;
};
/** The one socket of a user. */
export const only = (user: string): ModelSocket => {
  const [socket, ...more] = server.of(user);
  if (socket === undefined || more.length > 0)
    throw new Error(`${user} has another number of sockets`);
  return socket;
};
