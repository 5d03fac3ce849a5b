import { pino, type Logger } from "pino";
import { traced } from "./trace.ts";

/** Never a token, a password or a message's text, wherever it may hide. */
const SECRET = ["token", "password", "secret", "body", "raw", "payload", "authorization"];

/**
 * Bytes of lines that wait for a reader of stderr. One that has stopped must not become the memory of the server:
 * lines beyond it are lost, and counted.
 */
const WAITING_BYTES_MAX = 8 * 2 ** 20;

/** The log of the process: JSON lines on stderr. */
export function logTo(level: string): Logger {
  const out = pino.destination({ dest: 2, sync: false, maxLength: WAITING_BYTES_MAX });
  const log = pino(
    {
      level,
      base: null,
      redact: SECRET.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      serializers: {
        error: traced,
      },
    },
    out,
  );
  let lost = 0;
  out.on("drop", () => lost++);
  out.on("drain", () => {
    if (lost > 0) log.warn({ count: lost }, "lines of the log were lost: nobody read them");
    lost = 0;
  });
  return log;
}
