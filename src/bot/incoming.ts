import type { MessageRow } from "../protocol/frames/history.ts";
import type { Data } from "../protocol/extras.ts";
import { parseMessageId } from "../events/messageid.ts";

/** A message that a bot has to answer. */
export interface BotMessage {
  /** `<author>:<position>`. */
  readonly id: string;
  /** The id of the user who wrote it. */
  readonly author: string;
  /** Its place in its author's mailbox, as the id has it. */
  readonly position: number;
  /** Its text. */
  readonly body: string;
  /** Content besides the text, as its author's app gave it: do not trust it. */
  readonly data?: Data;
  /** When it was sent, ms since 1970. */
  readonly sentAt: number;
}

/** A row of a history as a bot takes it. */
export function messageOf({ id, author, body, data, sentAt }: MessageRow): BotMessage {
  const position = parseMessageId(id)?.position ?? 0;
  return { id, author, position, body, ...(data !== undefined && { data }), sentAt };
}
