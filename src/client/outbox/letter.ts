import { GROUP_ID, USER_ID } from "../../events/messageid.ts";
import { faultOfBody } from "../../protocol/body.ts";
import { FRAME_BYTES_MAX } from "../../protocol/envelope.ts";
import { bytesOf, faultOfData, faultOfKey, type Data } from "../../protocol/extras.ts";
import { MENTIONS_MAX } from "../../protocol/frames/group.ts";
import type { Send } from "../../protocol/frames/send.ts";
import { ChatError } from "../error.ts";

/** A letter: all that an app says of a message that it sends. */
export interface Letter {
  readonly to: string;
  readonly body: string;
  readonly data?: Data;
  readonly key?: string;
  readonly mentions?: readonly string[];
}

/** The letter in something that has more than a letter. */
export const letterOf = ({
  to,
  body,
  data,
  key,
  mentions,
}: {
  [K in keyof Letter]: Letter[K] | undefined;
} & Pick<Letter, "to" | "body">): Letter => ({
  to,
  body,
  ...(data && { data }),
  ...(key && { key }),
  ...(mentions?.length && { mentions }),
});

/**
 * The letter as it will be stored: data as it comes out of its own JSON text. `user`: its author, as far as
 * that is known.
 * @throws ChatError with the code that the server would answer, and the field.
 */
export function checked({ to, body, data, key, mentions }: Letter, user?: string): Letter {
  expectOther(to, "to", user);
  expectNone(faultOfBody(body), "body");
  const stored = data === undefined ? data : parsed(data);
  if (data !== undefined) expectNone(faultOfData(stored), "data");
  if (key !== undefined) expectNone(faultOfKey(key), "key");
  if ((mentions?.length ?? 0) > MENTIONS_MAX) expectNone("frame.invalid", "mentions");
  for (const each of mentions ?? []) expectUser(each, "mentions");
  const letter = letterOf({ to, body, key, mentions, data: stored as Data });
  // In each form in which it may go out: once more, or as a retry.
  const longest = { cid: LONGEST_CID, ...letter, replaces: LONGEST_CID, auto: true };
  expectNone(sizeOf({ t: "send", ...longest }) > FRAME_BYTES_MAX ? TOO_LARGE : undefined, "body");
  return letter;
}

/**
 * Expects the id of a group, or of a person other than the user, as far as that one is known.
 * @throws ChatError
 */
export function expectOther(id: unknown, field: string, user?: string): void {
  if (typeof id !== "string" || !GROUP_ID.test(id)) expectUser(id, field);
  expectNone(id === user ? "id.self" : undefined, field);
}

/** Expects the id of a person. @throws ChatError */
export function expectUser(id: unknown, field: string): void {
  const ill = typeof id === "string" ? !USER_ID.test(id) && "id.invalid" : "frame.invalid";
  expectNone(ill || undefined, field);
}

/** UTF-8 bytes of a frame, as a server counts them. */
export const sizeOf = (frame: Send): number => bytesOf(JSON.stringify(frame));

export const TOO_LARGE = "message.too_large";
const LONGEST_CID = `${"x".repeat(32)}.${"9".repeat(15)}`;

/** Undefined: there is no JSON of it. */
function parsed(data: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(data));
  } catch {
    return undefined;
  }
}

/** Expects that there is no fault. @throws ChatError with it as its code. */
export function expectNone(fault: string | undefined, field: string): void {
  if (fault !== undefined) throw faulty(fault, field);
}

/** The error of a field that a server would refuse. */
export const faulty = (code: string, field: string): ChatError =>
  new ChatError(code, { retryable: false, message: `${field}: ${code}`, field });
