import { pino, type Logger } from "pino";

/** Never a token, a password or a message's text, wherever it may hide. */
const SECRET = ["token", "password", "secret", "body", "raw", "payload", "authorization"];

/** An error with its stack and those of its causes: without them nobody finds the bug. */
export function traced(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? text : `${text}\ncaused by: ${traced(error.cause)}`;
}

/** The log of the process: JSON lines on stderr. */
export const logTo = (level: string): Logger =>
  pino(
    {
      level,
      base: null,
      redact: SECRET.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      serializers: {
        error: traced,
      },
    },
    pino.destination({ dest: 2, sync: false }),
  );
