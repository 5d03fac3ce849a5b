import { faultOfData, faultOfKey, type Data } from "../../protocol/extras.ts";
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
 * The letter as it will be stored: data as it comes out of its own JSON text.
 * @throws ChatError with the code that the server would answer, and the field.
 */
export function checked({ data, key, ...said }: Letter): Letter {
  if (key !== undefined) expectNone(faultOfKey(key), "key");
  if (data === undefined) return letterOf({ ...said, key });
  const stored = parsed(data);
  expectNone(faultOfData(stored), "data");
  return letterOf({ ...said, key, data: stored as Data });
}

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
