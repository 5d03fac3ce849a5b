import { parseMessageId } from "../events/messageid.ts";

/** The names of answers: `<id of the message answered>#<k>`, k from 1 on in the order in which the handler gives them. */
export const answerKey = (id: string, k: number): string => `${id}#${k}`;

/** The message that an own message answers, by its key; undefined: the key is none of an answer. */
export function answeredBy(key: string): { author: string; position: number } | undefined {
  const [id = "", k = "", ...rest] = key.split("#");
  const parsed = parseMessageId(id);
  if (parsed === undefined || rest.length > 0 || !/^[1-9]\d{0,5}$/.test(k)) return undefined;
  return { author: parsed.mailbox, position: parsed.position };
}
