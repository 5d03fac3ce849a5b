import type { Duplex } from "node:stream";

/** So long a client that is turned away may go on sending. */
const LINGER_MS = 2_000;

/**
 * Answers and closes. What still comes in is read and dropped for a moment, because closing at once
 * would reset the connection and take the answer back; then it is over, whatever the client does.
 */
export function dismiss(tcp: Duplex, answer: string): void {
  if (tcp.writableEnded) return;
  tcp.end(answer);
  tcp.resume();
  const timer = setTimeout(() => tcp.destroy(), LINGER_MS);
  tcp.once("close", () => clearTimeout(timer));
}
