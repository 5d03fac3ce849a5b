import { pino, type Logger } from "pino";

/** Never a token, a password or a message's text, wherever it may hide. */
const SECRET = ["token", "password", "secret", "body", "raw", "payload", "authorization"];

/** The log of the process: JSON lines on stderr. */
export const logTo = (level: string): Logger =>
  pino(
    {
      level,
      base: null,
      redact: SECRET.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      serializers: {
        error: (error: unknown) =>
          error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      },
    },
    pino.destination({ dest: 2, sync: false }),
  );
