import { isObject } from "../../protocol/extras.ts";
import type { EventFrame } from "../../protocol/frames/mailbox.ts";

type Shape = Readonly<Record<string, "string" | "number" | "object">>;

/** The part of each event that this client reads; of others, nothing. */
const FIELDS: Readonly<Record<string, Shape>> = {
  MessageSent: { author: "string", to: "string", cid: "string", body: "string" },
  MessageDelivered: { author: "string", peer: "string", upTo: "number" },
  MessageRead: { author: "string", peer: "string", upTo: "number" },
  GroupAsked: { author: "string", group: "string" },
  GroupChanged: { by: "string", change: "object" },
  GroupJoined: { author: "string", from: "number" },
  GroupLeft: { author: "string", from: "number", upTo: "number" },
  Refused: { author: "string", cid: "string", code: "string" },
  SessionOpened: {},
  SessionClosed: {},
  HeadAsked: {},
  SignedOut: {},
} satisfies Record<EventFrame["event"]["type"], Shape>;

/**
 * Can this client fold the event? The gateway opens nothing: what a broken program has stored comes as
 * it lies there. An event of another type changes no chat, and is as good as read.
 */
export function isReadable(event: object): boolean {
  const { type } = event as { type?: unknown };
  const fields = Object.entries((typeof type === "string" && FIELDS[type]) || {});
  const values = event as Readonly<Record<string, unknown>>;
  const { data = {}, key = "" } = values;
  return (
    fields.every(([name, kind]) => typeof values[name] === kind) &&
    (type !== "MessageSent" || (isObject(data) && typeof key === "string"))
  );
}
