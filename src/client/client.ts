import type { ChatClient, ClientOptions } from "./api.ts";

export type * from "./api.ts";
export { ChatError } from "./error.ts";
export { memoryStorage } from "./storage.ts";

/** A client that does nothing until `connect()`. Safe to import on a server. */
export function createChatClient(options: ClientOptions): ChatClient {
  throw new Error(`not built yet: ${options.url}`);
}
