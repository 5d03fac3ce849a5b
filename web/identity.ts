import { ChatError } from "../src/client/client.ts";
import { recall, remember } from "./keepsake.ts";

/** The person who uses this page. A development identity: the server takes the name on trust. */

export const NAME = /^(?!g-)[A-Za-z0-9_-]{1,64}$/;
export const NAME_RULE = "1 to 64 letters, digits, _ or -, not starting with g-";

const KNOWN_KEY = "posthorn.names";
const KNOWN_MAX = 6;

/** The name in `?as=`; undefined when there is none. */
export const nameInAddress = (): string | undefined =>
  new URLSearchParams(location.search).get("as")?.trim();

/** Where to talk to the server that this page came from. */
export const socketAddress = (): string =>
  `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/ws`;

/** Asks the server for a token. @throws ChatError when it gives none, with its code. */
export async function fetchToken(user: string, signal: AbortSignal): Promise<string> {
  const response = await fetch("/v1/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user }),
    signal,
  });
  const answer = (await response.json()) as { token?: string; code?: string };
  if (answer.token !== undefined) return answer.token;
  throw new ChatError(answer.code ?? "internal", { retryable: response.status >= 500 });
}

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === "string" && NAME.test(name));

/** Names used in this browser before, the last one first. */
export const knownNames = (): string[] => recall(KNOWN_KEY, isNames) ?? [];

export function rememberName(name: string): void {
  const names = [name, ...knownNames().filter((known) => known !== name)];
  remember(KNOWN_KEY, names.slice(0, KNOWN_MAX));
}
