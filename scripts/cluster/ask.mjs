import { once } from "node:events";
import { get as getPlain } from "node:http";
import { get as getEncrypted } from "node:https";
import { text } from "node:stream/consumers";

/**
 * Asks an address of this machine.
 * @param {string} url
 * @param {{ ca?: string | undefined, ms: number }} how `ca`: the certificate of the authority, in PEM, where the address speaks TLS.
 * @returns {Promise<{ ok: boolean, text: string }>}
 * @throws {Error} when nobody answers in time.
 */
export async function ask(url, { ca, ms }) {
  const get = url.startsWith("https:") ? getEncrypted : getPlain;
  const asked = get(url, { ...(ca && { ca }), agent: false, signal: AbortSignal.timeout(ms) });
  // One behind the beginning of the answer is told by the answer as well.
  asked.on("error", () => undefined);
  const [answer] = await once(asked, "response");
  return { ok: answer.statusCode === 200, text: await text(answer) };
}
