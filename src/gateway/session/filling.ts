import type { Connected, Parts } from "./parts.ts";
import type { Effect } from "./session.ts";

/** How often a slow reader is looked at, while history waits for it. */
const ROOM_MS = 5;

/** Reads the log for a session, no faster than its client reads, and until the reading counts no more. */
export async function fill(
  { user, fill: wish }: Extract<Effect, { do: "fill" }>,
  on: Connected,
  parts: Parts,
): Promise<void> {
  const wanted = (): boolean => on.session.is === "live" && on.session.fill === wish;
  const most = parts.limits.queueBytes / 4;
  let pages = 0;
  try {
    for await (const page of parts.world.read(user, wish.after, wish.upTo)) {
      const entries = page.pending + page.entries.length;
      if (pages++ === 0) on.happen({ type: "counted", fill: wish, entries });
      for (const { seq, at, generation, raw } of page.entries) {
        if (!wanted()) return;
        on.happen({ type: "read", fill: wish, seq, at, generation, raw });
        // Not only after a page: a page may be more than a socket may have waiting.
        while (wanted() && on.wire.backlog > most)
          await new Promise((go) => setTimeout(go, ROOM_MS));
      }
      if (!wanted()) return;
    }
    on.happen({ type: "filled", fill: wish });
  } catch (error) {
    if (!wanted()) return;
    parts.log.warn({ error }, "mailbox not read; the client comes back");
    on.happen({ type: "unread" });
  }
}
