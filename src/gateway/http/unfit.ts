import type { IncomingMessage } from "node:http";

/** Header lines of a request. Node drops what is beyond its own limit without a word, so ours is below it. */
export const HEADERS_MAX = 100;

/** The status of a request that is refused for its header lines, whatever it asks: too many, or two hosts (RFC 9112, section 3.2). */
export function unfitness({ rawHeaders }: IncomingMessage): 400 | 431 | undefined {
  if (rawHeaders.length / 2 > HEADERS_MAX) return 431;
  const names = rawHeaders.filter((_, i) => i % 2 === 0);
  return names.filter((name) => name.toLowerCase() === "host").length > 1 ? 400 : undefined;
}
