import type { MessageRow } from "../protocol/frames/history.ts";
import type { Data } from "../protocol/extras.ts";
import { parseMessageId } from "../events/messageid.ts";

/** A message that a bot has to answer. */
export interface BotMessage {
  /** `<author>:<position>`. */
  readonly id: string;
  readonly author: string;
  readonly position: number;
  readonly body: string;
  readonly data?: Data;
  /** When it was sent, ms since 1970. */
  readonly sentAt: number;
}

/** A row of a history as a bot takes it. */
export function messageOf({ id, author, body, data, sentAt }: MessageRow): BotMessage {
  const position = parseMessageId(id)?.position ?? 0;
  return { id, author, position, body, ...(data !== undefined && { data }), sentAt };
}
