import type { CloseReason } from "../events/session.ts";
import { hashOf } from "./resume.ts";

/**
 * Does a closing of the session count? Anybody who knows a session's id could ask that it be replaced: only
 * its own client knows the secret.
 */
export const closes = (
  session: { readonly resume?: string | undefined },
  { reason, resume }: { readonly reason: CloseReason; readonly resume?: string | undefined },
): boolean => reason !== "replaced" || (resume !== undefined && hashOf(resume) === session.resume);
