import { WebSocket } from "ws";
import { createChatClient, type ChatClient, type ClientStorage } from "../src/client/client.ts";

/** How long anything of the demo may take: the server lets a user send 20 messages a second. */
const PATIENCE_MS = 120_000;

/** A device of a person, as a page of the server at `url` would be one: development identities. */
export function device(url: string, user: string, storage?: ClientStorage): ChatClient {
  class FromThePage extends WebSocket {
    constructor(at: string) {
      super(at, { origin: url });
    }
  }
  return createChatClient({
    url: `${url.replace(/^http/, "ws")}/v1/ws`,
    getToken: ({ signal }) => token(url, user, signal),
    webSocket: FromThePage,
    ...(storage && { storage }),
  });
}

async function token(url: string, user: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(`${url}/v1/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user }),
    signal,
  });
  return ((await answer.json()) as { token: string }).token;
}

/** Waits until something holds of what a device shows. @throws Error when it takes too long. */
export function until(client: ChatClient, holds: () => boolean): Promise<void> {
  if (holds()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const done = (settle: () => void): void => {
      clearTimeout(timer);
      end();
      settle();
    };
    const timer = setTimeout(
      () => done(() => reject(new Error(`${client.user ?? "a device"}: nothing came any more`))),
      PATIENCE_MS,
    );
    const look = (): void => {
      if (holds()) done(resolve);
    };
    const end = client.subscribe(look);
  });
}

/** Connects it, and waits until it has all there is. */
export async function online(client: ChatClient): Promise<ChatClient> {
  client.connect();
  await until(client, () => client.connection.state === "online");
  return client;
}
