import { WebSocket } from "ws";
import { developmentToken } from "./app.ts";
import { createChatClient, type ChatClient } from "../../src/client/client.ts";

/** A client of the user, as a page of this server would run it. */
export function chat(url: string, user: string): ChatClient {
  const getToken = (): Promise<string> => developmentToken(url, user);
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
