import { once } from "node:events";
import { get as getPlain, type IncomingMessage } from "node:http";
import { get as getEncrypted } from "node:https";
import { text } from "node:stream/consumers";
import type * as z from "zod";

const ANSWER_MS = 3_000;

/**
 * The words of a server at its monitoring address, such as those of `/varz`; undefined: nobody answers there in 3 s, or with no such words.
 * @param ca the authorities, in PEM, by which the certificate of an `https:` address is checked; default: those of this machine.
 */
export async function monitored<Words>(
  monitor: string,
  path: string,
  shape: z.ZodType<Words>,
  ca: string | undefined,
): Promise<Words | undefined> {
  try {
    return shape.safeParse(JSON.parse(await answerOf(new URL(path, monitor), ca))).data;
  } catch {
    // It is away, or no server's monitoring port.
    return undefined;
  }
}

/** The text of an answer. @throws Error when none comes in time. */
async function answerOf(url: URL, ca: string | undefined): Promise<string> {
  const get = url.protocol === "https:" ? getEncrypted : getPlain;
  const request = get(url, { ...(ca && { ca }), signal: AbortSignal.timeout(ANSWER_MS) });
  // One behind the answer's beginning is told by the answer as well.
  request.on("error", () => undefined);
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  return text(answer);
}
