import type { Settings } from "../config/settings.ts";
import { connectAs } from "../host/broker.ts";
import { Scope } from "../host/scope.ts";
import { logTo } from "../log.ts";
import { administer, inboxOf, type Administered } from "../nats/bundle/administered.ts";
import { inWords } from "../nats/bundle/exchange.ts";
import type { Link } from "../nats/connection.ts";
import { EXIT, fail } from "./exit.ts";

/** Does something as the user of the settings, who has the rights of an administrator. Returns the exit code. */
export async function asAdmin(
  settings: Settings,
  name: string,
  act: (broker: Administered) => Promise<number>,
): Promise<number> {
  const log = logTo(settings.LOG_LEVEL).child({ part: name });
  const scope = new Scope(log);
  const inbox = inboxOf(settings.NATS_USER);
  try {
    let link: Link;
    try {
      link = await connectAs(settings, name, scope, log, inbox);
    } catch (error) {
      return fail(EXIT.unreachable, error);
    }
    return await act(await administer(link, inbox));
  } catch (error) {
    throw inWords(error);
  } finally {
    await scope.stop();
  }
}
