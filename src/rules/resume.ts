import { createHash } from "node:crypto";

/** The SHA-256 of a session's secret as `SessionOpened` has it: base64url without padding. */
export const hashOf = (resume: string): string =>
  createHash("sha256").update(resume).digest("base64url");
