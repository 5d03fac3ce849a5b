import type { CloseReason } from "../../events/session.ts";
import type { CloseName } from "../../protocol/codes.ts";

/** The reason that the log gives for the end of a session, by the close that the client is told. */
export const REASONS: Record<CloseName, CloseReason> = {
  drained: "drained",
  helloTimeout: "refused",
  expired: "expired",
  idle: "idle",
  slow: "slow",
  resync: "left",
  tooMany: "refused",
  abuse: "refused",
  refused: "refused",
};
