import { explain, type RejectionCode } from "../../protocol/codes.ts";

/** An RFC 9457 answer with the same codes as the socket's errors. */
export const problem = (status: number, code: RejectionCode, field?: string) => ({
  type: `urn:posthorn:${code}`,
  title: explain({ code }),
  status,
  code,
  ...(field !== undefined && { field, detail: explain({ code, field }) }),
});
