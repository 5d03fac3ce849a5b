import { ChatError, createChatClient, type ChatClient } from "posthorn/client";
import { indexedDbStorage } from "posthorn/client/indexeddb";

/** Connects somebody. Outbox and newest messages survive a reload in a database of their own. */
export function openSession(user: string): ChatClient {
  const { protocol, host } = location;
  const client = createChatClient({
    url: `${protocol === "https:" ? "wss" : "ws"}://${host}/v1/ws`,
    getToken: ({ signal }) => fetchToken(user, signal),
    storage: indexedDbStorage(`chat.${user}`),
  });
  client.connect();
  // Presence is about people: each sign of one shows them as online for a while.
  for (const sign of ["pointerdown", "keydown", "focus"])
    addEventListener(sign, () => client.focus(), { passive: true });
  return client;
}

/**
 * A token of Posthorn's own, which it gives to anybody for any name while it runs with AUTH=dev. In your app: a request
 * to your backend, which knows who is logged in and signs a token for them.
 */
async function fetchToken(user: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch("/v1/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user }),
    signal,
  });
  const { token, code } = (await answer.json()) as { token?: string; code?: string };
  if (token) return token;
  // A name that is none stays so; everything else may be better next time.
  throw new ChatError(code ?? "internal", { retryable: answer.status >= 500 });
}
