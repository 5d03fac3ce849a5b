import type { Logger } from "pino";
import type { Durability } from "../protocol/frames/send.ts";
import { reason } from "./connection.ts";

const ANSWER_MS = 3_000;

/**
 * Which class an acknowledged send has: from the stream's replicas and from what every server says
 * of its own sync setting. A server that cannot be asked counts as the weaker class: a ✓ never
 * promises more than is known.
 */
export async function readDurability(
  replicas: number,
  monitors: readonly string[],
  log: Logger,
): Promise<Durability> {
  const answers = await Promise.all(monitors.map((url) => syncsAlways(url, log)));
  const synced = answers.length > 0 && answers.every(Boolean);
  if (replicas > 1) return synced ? "replicated+synced" : "replicated";
  return synced ? "synced" : "stored";
}

/**
 * Are publications for a mailbox stream gathered in this class? With one server that flushes each write they are, because
 * there one flush is for a whole batch. In the other classes a batch costs 3 ms and saves no flush, and a
 * replicated stream gathers its flushes itself (docs/adr/0023).
 */
export const gathersIn = (durability: Durability): boolean => durability === "synced";

async function syncsAlways(url: string, log: Logger): Promise<boolean> {
  try {
    const answer = await fetch(new URL("/jsz", url), { signal: AbortSignal.timeout(ANSWER_MS) });
    const { config } = (await answer.json()) as { config?: { sync_always?: boolean } };
    return config?.sync_always === true;
  } catch (error) {
    log.warn({ reason: reason(error) }, "sync setting unknown: the weaker class is promised");
    return false;
  }
}
