import { isGroup } from "../../events/messageid.ts";
import type { ErrorFrame } from "../../protocol/frames/error.ts";
import type { Presences } from "../connection/presences.ts";
import type { Requests } from "../connection/requests.ts";
import type { Emitter } from "../emitter.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Receipts } from "./receipts.ts";

interface Parts {
  outbox: Outbox;
  requests: Requests;
  receipts: Receipts;
  presences: Presences;
  emit: Emitter["emit"];
}

/** Hands a refusal to the part whose word it is about. `forget`: what was known is somebody else's. */
export function takeRefusal(
  { outbox, requests, receipts, presences, emit }: Parts,
  frame: ErrorFrame,
  forget: (reason: string) => void,
): void {
  const { code, message, retryable, cid, ref, field, retryAfterMs } = frame;
  if (requests.refused(frame) || presences.refused(frame)) return;
  if (field?.startsWith("since.")) return forget("another user");
  if (cid !== undefined) return outbox.refused(cid, code, retryable, retryAfterMs);
  if (retryable && typeof ref === "string") receipts.refused(ref, retryAfterMs);
  if (!retryable && !isLeft(frame)) emit("error", { code, message, field });
}

/** A receipt of a group that the user has left meanwhile. */
const isLeft = ({ code, ref }: ErrorFrame): boolean =>
  code === "not_found" && typeof ref === "string" && isGroup(ref);
