import type { Rejection } from "../../protocol/codes.ts";
import { readReply } from "../../protocol/internal/query.ts";
import { replyFrame } from "../../protocol/write.ts";
import type { Connected } from "./addressee.ts";
import type { Parts } from "./parts.ts";
import type { Effect } from "./session.ts";

type Asking = Extract<Effect, { do: "ask" }>;

/** The wait before a question that could not be asked is worth another try. */
const AGAIN_MS = 1_000;

/** Asks the views, when it is the user's turn and while anybody is there who wants the answer. */
export function ask(effect: Asking, on: Connected, parts: Parts): void {
  const { by, frame } = effect;
  const refuse = (rejection: Rejection): void =>
    on.happen({ type: "refused", frame, rejection, blamed: true });
  const retryAfterMs = parts.people.take("questions", by.user, parts.now());
  if (retryAfterMs > 0) return refuse({ code: "rate_limited", retryAfterMs });
  const taken = parts.questions.put(by.user, {
    wanted: () => on.session.is === "live",
    ask: () => answer(effect, on, parts),
  });
  if (!taken) refuse({ code: "limit.questions", retryAfterMs: AGAIN_MS });
}

async function answer({ frame, query }: Asking, on: Connected, parts: Parts): Promise<void> {
  const refuse = (rejection: Rejection): void =>
    on.happen({ type: "refused", frame, rejection, blamed: false });
  try {
    const text = await parts.world.ask(query);
    const reply = readReply(text);
    if (reply.kind === "refusal") return refuse({ code: reply.code });
    // Of the activity log, which is not the asker's mailbox, no seq is told.
    const seq = frame.t === "lastSeen" ? 0 : reply.seq;
    on.signal(replyFrame(frame.t, seq, reply.result, frame.ref));
  } catch (error) {
    parts.chronicle.failed(error, "views did not answer");
    refuse({ code: "unavailable", retryAfterMs: AGAIN_MS });
  }
}
