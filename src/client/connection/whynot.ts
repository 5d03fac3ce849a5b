/** A person waits behind it for the next try. */
const ASKED_MS = 5_000;

/** The answer of a Posthorn server to a request that it refuses. */
interface Problem {
  readonly type?: unknown;
  readonly code?: unknown;
}

/**
 * Why a WebSocket could not be opened. A browser tells nobody, so the same URL is asked once more without an upgrade. The
 * code of a server's refusal (`origin.refused`; `http.not_found`, where the URL's path is wrong; `limit.sockets`,
 * `draining`; `upgrade.refused`, where something in between lets no WebSocket through); `server.unknown`, where another
 * server answers; `network.unreachable`, where nobody does.
 */
export async function whyNot(url: string): Promise<string> {
  const page = (globalThis as { location?: Location }).location;
  const signal = AbortSignal.timeout(ASKED_MS);
  const asked = new URL(url.replace(/^ws/, "http"), page?.href);
  // A request to the page's own server does not say where it is from, and a handshake does.
  if (page !== undefined) asked.searchParams.set("origin", page.origin);
  const request = { signal, cache: "no-store" } as const;
  try {
    return codeOf(await fetch(asked, request));
  } catch {
    // Another site's server that lets no page read its answer is there all the same.
    return fetch(asked, { ...request, mode: "no-cors" }).then(
      () => "server.unknown",
      () => "network.unreachable",
    );
  }
}

async function codeOf(answer: Response): Promise<string> {
  // A text that is no JSON is another server's.
  const said: unknown = await answer.json().catch(() => undefined);
  const { type, code } = Object(said) as Problem;
  const isOurs = typeof type === "string" && type.startsWith("urn:posthorn:");
  return isOurs && typeof code === "string" ? code : "server.unknown";
}
