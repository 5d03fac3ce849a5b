import type { SessionRow } from "../protocol/frames/sessions.ts";

/**
 * A bot's place among the sessions of its device. `admitted`: no older one is open but its own. `wait`: for the
 * end of an older one, or, where an end is stated and does not count yet, for so many ms. `gone`: its own has ended.
 */
export type Rank =
  | { readonly is: "admitted" }
  | { readonly is: "wait"; readonly ms?: number }
  | { readonly is: "gone" };

/**
 * The place of the session `own`. Older is what was opened before it; sessions of the same process never keep it out, since
 * what they have said is numbered by the same client.
 */
export function rankOf(
  sessions: readonly SessionRow[],
  own: string,
  mine: ReadonlySet<string>,
): Rank {
  const self = sessions.find(({ sessionId }) => sessionId === own);
  if (self === undefined || self.closed !== undefined) return { is: "gone" };
  const older = sessions.filter(
    ({ sessionId, deviceId, position }) =>
      deviceId === self.deviceId && position < self.position && !mine.has(sessionId),
  );
  if (older.length === 0) return { is: "admitted" };
  const waits = older.flatMap(({ closed }) => closed?.countsInMs ?? []);
  return waits.length < older.length ? { is: "wait" } : { is: "wait", ms: Math.max(...waits) };
}
