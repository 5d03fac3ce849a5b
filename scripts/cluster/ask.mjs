import { once } from "node:events";
import { get as getPlain } from "node:http";
import { get as getEncrypted } from "node:https";
import { text } from "node:stream/consumers";

/** Time in which this process stands still, or gets no core, counts as one of so many steps: an answer that came meanwhile has not been read yet. */
const STEPS = 10;

/** Aborts behind `ms`, as long as the loop of this process turns. @param {number} ms */
function patience(ms) {
  const late = new AbortController();
  let left = STEPS;
  const timer = setInterval(() => {
    if (--left > 0) return;
    clearInterval(timer);
    // An answer that has come is read before.
    setImmediate(() => late.abort());
  }, ms / STEPS);
  return { signal: late.signal, end: () => clearInterval(timer) };
}

/**
 * Asks an address of this machine.
 * @param {string} url
 * @param {{ ca?: string | undefined, ms: number }} how `ca`: the certificate of the authority, in PEM, where the address speaks TLS.
 * @returns {Promise<{ ok: boolean, text: string }>}
 * @throws {Error} when nobody answers in time.
 */
export async function ask(url, { ca, ms }) {
  const get = url.startsWith("https:") ? getEncrypted : getPlain;
  const { signal, end } = patience(ms);
  try {
    const asked = get(url, { ...(ca && { ca }), agent: false, signal });
    // One behind the beginning of the answer is told by the answer as well.
    asked.on("error", () => undefined);
    const [answer] = await once(asked, "response");
    return { ok: answer.statusCode === 200, text: await text(answer) };
  } finally {
    end();
  }
}
