import { WebSocket } from "ws";
import { createChatClient, type ChatClient } from "../../src/client/client.ts";

/** A client of the user, as a page of this server would run it. */
export function chat(url: string, user: string): ChatClient {
  const getToken = async (): Promise<string> => {
    const body = JSON.stringify({ user });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}/v1/token`, { method: "POST", headers, body });
    return ((await answer.json()) as { token: string }).token;
  };
  class FromThePage extends WebSocket {
    constructor(at: string) {
      super(at, { origin: url });
    }
  }
  const wsUrl = `${url.replace("http", "ws")}/v1/ws`;
  const client = createChatClient({ url: wsUrl, getToken, webSocket: FromThePage });
  client.connect();
  return client;
}
