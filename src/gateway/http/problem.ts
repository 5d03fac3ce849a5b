import type { Context } from "hono";
import { explain, type RejectionCode } from "../../protocol/codes.ts";

/** An RFC 9457 answer with the same codes as the socket's errors. */
export const problem = (status: number, code: RejectionCode, field?: string) => ({
  type: `urn:posthorn:${code}`,
  title: explain({ code }),
  status,
  code,
  ...(field !== undefined && { field, detail: explain({ code, field }) }),
});

/** Statuses of the problems that a route answers with. */
type Status = 400 | 403 | 404 | 405 | 413 | 500 | 503;

/** Answers a route's request with a problem. */
export const refuseRequest = (
  c: Context,
  status: Status,
  code: RejectionCode,
  field?: string,
): Response =>
  c.body(JSON.stringify(problem(status, code, field)), status, {
    "Content-Type": "application/problem+json",
  });
