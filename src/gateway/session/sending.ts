import { randomBytes } from "node:crypto";
import type { Fact } from "../../events/fact.ts";
import { messageId } from "../../events/messageid.ts";
import type { Sent } from "../../protocol/frames/send.ts";
import type { Connected, Parts } from "./parts.ts";
import { compare } from "./repeat.ts";
import type { Effect, Happening } from "./session.ts";

type Sending = Extract<Effect, { do: "send" }>;

/** The wait before a send that could not be stored is worth another try. */
const AGAIN_MS = 1_000;

/** Stores a send, and lets its session know what came of it. */
export async function store(effect: Sending, on: Connected, parts: Parts): Promise<void> {
  const since = parts.now();
  const retryAfterMs = parts.people.take("sends", effect.by.user, since);
  if (retryAfterMs > 0) {
    parts.meter.send(false, 0);
    // No strike: another device of the user may have used them up.
    return on.happen(refused(effect, { code: "rate_limited", retryAfterMs }));
  }
  on.begun();
  const outcome = await outcomeOf(effect, on, parts);
  on.happen(outcome);
  parts.meter.send(outcome.type === "stored", parts.now() - since);
  on.done();
}

async function outcomeOf(effect: Sending, on: Connected, parts: Parts): Promise<Happening> {
  const { user } = effect.by;
  const fact = factOf(effect);
  try {
    const { seq, duplicate } = await parts.world.state(user, on.key.sessionId, fact);
    parts.stored(user, seq);
    return duplicate
      ? await repeated(effect, { fact, seq }, on, parts)
      : stored(effect, seq, parts);
  } catch (error) {
    parts.chronicle.failed(error, "send not stored");
    return refused(effect, rejectionOf(error));
  }
}

/** The send as the log has it. */
function factOf({ by, frame }: Sending): Extract<Fact, { type: "MessageSent" }> {
  const { cid, to, body, replaces, data, key } = frame;
  const author = by.user;
  const fact = { type: "MessageSent", author, to, device: by.deviceId, cid, body } as const;
  if (replaces === undefined && data === undefined && key === undefined) return fact;
  return {
    ...fact,
    ...(replaces !== undefined && { replaces }),
    ...(data !== undefined && { data }),
    ...(key !== undefined && { key }),
  };
}

/** The broker knows the name of the send. Whether it has the message, only the entry itself can tell. */
async function repeated(
  effect: Sending,
  { fact, seq }: { fact: Fact; seq: number },
  on: Connected,
  parts: Parts,
): Promise<Happening> {
  const { world } = parts;
  const { user } = effect.by;
  switch (compare(await world.fact(user, seq), effect.frame)) {
    case "same":
      return stored(effect, seq, parts);
    case "taken":
      return refused(effect, { code: "cid.taken", field: "cid" });
    case "absent": {
      const again = randomBytes(6).toString("base64url");
      return stored(effect, (await world.state(user, on.key.sessionId, fact, again)).seq, parts);
    }
  }
}

const stored = (effect: Sending, seq: number, parts: Parts): Happening => ({
  type: "stored",
  frame: effect.frame,
  sent: sent(effect, seq, parts),
});

function sent({ by, frame: { cid, ref } }: Sending, seq: number, { world }: Parts): Sent {
  const { durability } = world;
  const id = messageId(by.user, world.positionAt(by.user, seq));
  const frame: Sent = { t: "sent", cid, id, seq, durability };
  return ref === undefined ? frame : { ...frame, ref };
}

const refused = (
  { frame }: Sending,
  rejection: Extract<Happening, { type: "refused" }>["rejection"],
): Happening => ({ type: "refused", frame, rejection, blamed: false });

function rejectionOf(error: unknown): Extract<Happening, { type: "refused" }>["rejection"] {
  switch (error instanceof Error ? error.name : "") {
    // It can never be stored as it is: too large for a broker with limits of its own.
    case "RefusedError":
      return { code: "message.too_large", field: "body" };
    // It would be stored as an entry that not every process can read yet.
    case "NotAdmittedError":
      return { code: "op.not_yet" };
    default:
      return { code: "unavailable", retryAfterMs: AGAIN_MS };
  }
}
