import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import { connectAs } from "../host/connectas.ts";
import { Scope } from "../host/scope.ts";
import { logTo } from "../log.ts";
import type { Link } from "../nats/connection.ts";
import { EXIT, fail } from "./exit.ts";

/** A command's connection, and all that it starts on it. */
export interface Outside {
  readonly link: Link;
  readonly scope: Scope;
  readonly log: Logger;
}

/**
 * Does something with a connection to the broker, and leaves nothing open behind it.
 * @param name of the connection, and of the log.
 * @returns the exit code of `act`, or that the broker cannot be reached.
 */
export async function withBroker(
  settings: Settings,
  name: string,
  act: (outside: Outside) => Promise<number>,
): Promise<number> {
  const log = logTo(settings.LOG_LEVEL).child({ part: name });
  const scope = new Scope(log);
  try {
    let link: Link;
    try {
      link = await connectAs(settings, name, scope, log);
    } catch (error) {
      return fail(EXIT.unreachable, error);
    }
    return await act({ link, scope, log });
  } finally {
    await scope.stop();
  }
}
