import type { Context } from "hono";
import { explain, type Rejection, type RejectionCode } from "../../protocol/codes.ts";

/** The place of a fault in a request's body. */
type Place = Pick<Rejection, "field" | "bound">;

/** An RFC 9457 answer with the same codes as the socket's errors. */
export const problem = (status: number, code: RejectionCode, { field, bound }: Place = {}) => ({
  type: `urn:posthorn:${code}`,
  title: explain({ code }),
  status,
  code,
  ...(field !== undefined && {
    field,
    detail: explain({ code, field, ...(bound && { bound }) }),
  }),
});

/** Statuses of the problems that a route answers with. */
type Status = 400 | 403 | 404 | 405 | 413 | 500 | 503;

/** Answers a route's request with a problem. */
export const refuseRequest = (
  c: Context,
  status: Status,
  code: RejectionCode,
  place: Place = {},
): Response =>
  c.body(JSON.stringify(problem(status, code, place)), status, {
    "Content-Type": "application/problem+json",
  });
