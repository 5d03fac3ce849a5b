import { randomBytes } from "node:crypto";
import type { Fact } from "../../events/fact.ts";
import { isGroup, messageId } from "../../events/messageid.ts";
import type { Asked } from "../../protocol/frames/group.ts";
import type { Sent } from "../../protocol/frames/send.ts";
import type { Connected } from "./addressee.ts";
import type { Parts } from "./parts.ts";
import { compare } from "./repeat.ts";
import { requested } from "./wishes.ts";
import type { Effect, Happening } from "./session.ts";

/** A send, or an ask: both are facts with a number. */
type Sending = Extract<Effect, { do: "send" | "request" }>;

/** The wait before a send that could not be stored is worth another try. */
const AGAIN_MS = 1_000;

/** Stores a send or an ask, and lets its session know what came of it. */
export async function store(effect: Sending, on: Connected, parts: Parts): Promise<void> {
  const since = parts.now();
  const retryAfterMs = waitOf(effect, parts, since);
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

/** ms to wait, since the user has sent or asked too much. */
function waitOf({ do: wish, by: { user } }: Sending, { people }: Parts, now: number): number {
  return people.take(wish === "request" ? "changes" : "sends", user, now);
}

async function outcomeOf(effect: Sending, on: Connected, parts: Parts): Promise<Happening> {
  const { user } = effect.by;
  const fact = effect.do === "send" ? factOf(effect) : requested(effect, parts.limits);
  try {
    const { seq, duplicate } = await parts.world.state(user, on.key.sessionId, fact);
    parts.stored(user, seq);
    return duplicate
      ? await repeated(effect, { fact, seq }, on, parts)
      : stored(effect, { fact, seq }, parts);
  } catch (error) {
    parts.chronicle.failed(error, "send not stored");
    return refused(effect, rejectionOf(error));
  }
}

type Statement = Extract<Fact, { type: "MessageSent" | "GroupAsked" }>;

/** The send as the log has it. */
function factOf({ by, frame }: Extract<Sending, { do: "send" }>): Statement {
  const { cid, to, body, replaces, data, key, mentions } = frame;
  const author = by.user;
  const fact = { type: "MessageSent", author, to, device: by.deviceId, cid, body } as const;
  if (replaces === undefined && data === undefined && key === undefined && mentions === undefined)
    return fact;
  return {
    ...fact,
    ...(replaces !== undefined && { replaces }),
    ...(data !== undefined && { data }),
    ...(mentions !== undefined && { mentions: [...mentions] }),
    ...(key !== undefined && { key }),
  };
}

/** The broker knows the name of the send. Whether it has the message, only the entry itself can tell. */
async function repeated(
  effect: Sending,
  { fact, seq }: { fact: Statement; seq: number },
  on: Connected,
  parts: Parts,
): Promise<Happening> {
  const { world } = parts;
  const { user } = effect.by;
  switch (compare(await world.fact(user, seq), effect.frame)) {
    case "same":
      return stored(effect, { fact, seq }, parts);
    case "taken":
      return refused(effect, { code: "cid.taken", field: "cid" });
    case "absent": {
      const again = randomBytes(6).toString("base64url");
      const anew = await world.state(user, on.key.sessionId, fact, again);
      return stored(effect, { fact, seq: anew.seq }, parts);
    }
  }
}

const stored = (effect: Sending, at: Placed, { world }: Parts): Happening => ({
  type: "stored",
  frame: effect.frame,
  sent: answer(effect, at, world),
});

interface Placed {
  readonly fact: Statement;
  readonly seq: number;
}

/** A message to a group gets its id from the group. */
function answer(
  { by, frame: { cid, ref } }: Sending,
  { fact, seq }: Placed,
  world: Parts["world"],
): Sent | Asked {
  const { durability } = world;
  const named = ref === undefined ? {} : { ref };
  if (fact.type === "GroupAsked")
    return { t: "asked", cid, group: fact.group, seq, durability, ...named };
  if (isGroup(fact.to)) return { t: "sent", cid, seq, durability, ...named };
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
