import type { MessageRow } from "../protocol/frames/history.ts";
import type { Data } from "../protocol/extras.ts";
import { isGroup, parseMessageId } from "../events/messageid.ts";

/** A message that a bot has to answer. */
export interface BotMessage {
  /** `<author>:<position>`; in a group `<group>:<position>`. */
  readonly id: string;
  /** The id of the user who wrote it. */
  readonly author: string;
  /** The group that it was sent to; absent: it was sent to the bot alone. */
  readonly group?: string;
  /** Its place in its author's mailbox, or in its group, as the id has it. */
  readonly position: number;
  /** Its text. */
  readonly body: string;
  /** Content besides the text, as its author's app gave it: do not trust it. */
  readonly data?: Data;
  /** Members of the group whom it is meant for, if it names any. */
  readonly mentions?: readonly string[];
  /** When it was sent, ms since 1970. */
  readonly sentAt: number;
}

/** A row of a history as a bot takes it. */
export function messageOf(row: MessageRow): BotMessage {
  const { id, author, to, body, data, mentions, sentAt } = row;
  const position = parseMessageId(id)?.position ?? 0;
  const more = { ...(data && { data }), ...(mentions && { mentions }) };
  return { id, author, ...(isGroup(to) && { group: to }), position, body, ...more, sentAt };
}
