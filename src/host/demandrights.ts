import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import { inTime, patiently } from "../nats/silence.ts";
import { missingRights, type Trustee } from "../nats/rights.ts";
import { StartError } from "../start-error.ts";
import { connectAs } from "./connectas.ts";
import { Scope } from "./scope.ts";

/**
 * The rights at the broker that the user of the settings lacks for these roles. They are tried on a connection of their own: what
 * is refused there is no line of the log. @throws StartError
 */
export async function rightsMissing(
  settings: Settings,
  trustees: readonly Trustee[],
  log: Logger,
): Promise<string[]> {
  const scope = new Scope(log);
  try {
    const silent = log.child({}, { level: "silent" });
    const connected = () => connectAs(settings, "posthorn-rights", scope, silent);
    const link = await inTime(log, connected);
    return await patiently(link, log, () => missingRights(link, trustees));
  } finally {
    await scope.stop();
  }
}

/** @throws StartError that names every right that a role of this process lacks: later it would be a wait of a minute. */
export async function demandRights(settings: Settings, log: Logger): Promise<void> {
  const roles = [...settings.POSTHORN_ROLES];
  const missing = await rightsMissing(settings, roles, log);
  if (missing.length === 0) return;
  const { NATS_USER: user } = settings;
  const who = user === undefined ? "this process" : `NATS user ${user}`;
  throw new StartError(
    `${who} lacks rights that ${roles.join(", ")} need: ${missing.join(", ")} (docker/nats.conf has all)`,
  );
}
