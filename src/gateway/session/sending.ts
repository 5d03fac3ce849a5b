import { randomBytes } from "node:crypto";
import { messageId } from "../../events/messageid.ts";
import type { Connected, Parts } from "./parts.ts";
import { compare } from "./repeat.ts";
import type { Effect, Happening } from "./session.ts";

type Sending = Extract<Effect, { do: "send" }>;

/** Before a send that could not be stored is worth another try. */
const AGAIN_MS = 1_000;

/** Stores a send, and lets its session know what came of it. */
export async function store(effect: Sending, on: Connected, parts: Parts): Promise<void> {
  const { by, frame } = effect;
  const retryAfterMs = parts.people.take("sends", by.user, parts.now());
  if (retryAfterMs > 0)
    // No strike: another device of the user may have used them up.
    return on.happen(refused(effect, { code: "rate_limited", retryAfterMs }));
  on.begun();
  let outcome: Happening;
  try {
    const seq = await put(effect, on, parts);
    outcome =
      seq === undefined
        ? refused(effect, { code: "cid.taken", field: "cid" })
        : { type: "stored", frame, sent: sent(effect, seq, parts) };
  } catch (error) {
    parts.log.warn({ error }, "send not stored");
    outcome = refused(effect, rejectionOf(error));
  }
  on.happen(outcome);
  on.done();
}

/** The seq of the send in its author's mailbox; undefined: its number is taken by another message. */
async function put(
  { by, frame }: Sending,
  on: Connected,
  { world }: Parts,
): Promise<number | undefined> {
  const { user, deviceId } = by;
  const { cid, to, body, replaces } = frame;
  const { sessionId } = on.key;
  const message = { type: "MessageSent", author: user, to, device: deviceId, cid, body } as const;
  const fact = replaces === undefined ? message : { ...message, replaces };
  const { seq, duplicate } = await world.state(user, sessionId, fact);
  if (!duplicate) return seq;
  // The broker knows the name. Whether it has the message, only the entry itself can tell.
  switch (compare(await world.fact(user, seq), frame)) {
    case "same":
      return seq;
    case "taken":
      return undefined;
    case "absent": {
      const again = randomBytes(6).toString("base64url");
      return (await world.state(user, sessionId, fact, again)).seq;
    }
  }
}

const sent = ({ by: { user }, frame: { cid, ref } }: Sending, seq: number, { world }: Parts) =>
  ({
    t: "sent",
    cid,
    id: messageId(user, seq),
    seq,
    durability: world.durability,
    ...(ref !== undefined && { ref }),
  }) as const;

const refused = (
  { frame }: Sending,
  rejection: Extract<Happening, { type: "refused" }>["rejection"],
): Happening => ({ type: "refused", frame, rejection, blamed: false });

/** A frame that can never be stored as it is was too large for a broker with limits of its own. */
const rejectionOf = (error: unknown): Extract<Happening, { type: "refused" }>["rejection"] =>
  error instanceof Error && error.name === "RefusedError"
    ? { code: "message.too_large", field: "body" }
    : { code: "unavailable", retryAfterMs: AGAIN_MS };
