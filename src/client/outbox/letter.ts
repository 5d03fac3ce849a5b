import { USER_ID } from "../../events/messageid.ts";
import { faultOfBody } from "../../protocol/body.ts";
import { FRAME_BYTES_MAX } from "../../protocol/envelope.ts";
import { bytesOf, faultOfData, faultOfKey, type Data } from "../../protocol/extras.ts";
import type { Send } from "../../protocol/frames/send.ts";
import { ChatError } from "../error.ts";

/** A letter: all that an app says of a message that it sends. */
export interface Letter {
  readonly to: string;
  readonly body: string;
  readonly data?: Data;
  readonly key?: string;
}

/** The letter in something that has more than a letter. */
export const letterOf = ({
  to,
  body,
  data,
  key,
}: {
  [K in keyof Letter]: Letter[K] | undefined;
} & Pick<Letter, "to" | "body">): Letter => ({
  to,
  body,
  ...(data && { data }),
  ...(key && { key }),
});

/**
 * The letter as it will be stored: data as it comes out of its own JSON text. `user`: its author, as far as
 * that is known.
 * @throws ChatError with the code that the server would answer, and the field.
 */
export function checked({ to, body, data, key }: Letter, user?: string): Letter {
  expectOther(to, "to", user);
  expectNone(faultOfBody(body), "body");
  const stored = data === undefined ? data : parsed(data);
  if (data !== undefined) expectNone(faultOfData(stored), "data");
  if (key !== undefined) expectNone(faultOfKey(key), "key");
  const letter = letterOf({ to, body, key, data: stored as Data });
  // In each form in which it may go out: once more, or as a retry.
  const longest = { cid: LONGEST_CID, ...letter, replaces: LONGEST_CID, auto: true };
  expectNone(sizeOf({ t: "send", ...longest }) > FRAME_BYTES_MAX ? TOO_LARGE : undefined, "body");
  return letter;
}

/**
 * Expects the id of a person other than the user, as far as that one is known.
 * @throws ChatError
 */
export function expectOther(id: unknown, field: string, user?: string): void {
  const ill = typeof id === "string" ? !USER_ID.test(id) && "id.invalid" : "frame.invalid";
  expectNone(ill || (id === user ? "id.self" : undefined), field);
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

function expectNone(fault: string | undefined, field: string): void {
  if (fault === undefined) return;
  throw new ChatError(fault, { retryable: false, message: `${field}: ${fault}`, field });
}
