import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { RejectionCode } from "../../protocol/codes.ts";
import { problem } from "./problem.ts";

/** Time for which a client that is turned away may go on sending. */
const LINGER_MS = 2_000;

/**
 * Answers and closes. Anything that still comes in is read and dropped for a moment, because closing at once
 * would reset the connection and take the answer back; then it is over, whatever the client does.
 */
export function dismiss(tcp: Duplex, answer: string): void {
  if (tcp.writableEnded) return;
  tcp.end(answer);
  tcp.resume();
  const timer = setTimeout(() => tcp.destroy(), LINGER_MS);
  tcp.once("close", () => clearTimeout(timer));
}

/** Refuses a request before any route is asked, and closes its connection. */
export function turnAway(response: ServerResponse, status: number, code: RejectionCode): void {
  response.shouldKeepAlive = false;
  const headers = {
    "Content-Type": "application/problem+json",
    "X-Content-Type-Options": "nosniff",
    ...(status === 429 && { "Retry-After": "1" }),
  };
  response.writeHead(status, headers).end(JSON.stringify(problem(status, code)));
}
