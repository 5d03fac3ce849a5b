import { parseCid, WINDOW } from "../../rules/sends.ts";
import type { ClockReading } from "../moment.ts";
import type { OutboxEntry } from "./entry.ts";

/** An entry, and how far it has come in this client. */
export interface Held {
  entry: OutboxEntry;
  /** `waiting` for its turn, `underWay` to the server, or `answered` by it on this connection. */
  state: "waiting" | "underWay" | "answered";
  /** The entry's event may have passed unseen: its chat is read before it is sent. */
  unsure: boolean;
  /** The server says that the number is not to be had. */
  taken: boolean;
  /** Written here, or taken over when its writer was gone? */
  adopted: boolean;
  /** The entry was sent before, or taken over: what is sent now is a machine's repeat. */
  repeated: boolean;
  /** It went out on a socket that is being left since. */
  owed?: boolean;
  /** When it was written or taken over. */
  since: ClockReading;
}

/** Sends under way at once, over all chats: as many as one instance may have unanswered. */
const UNDER_WAY_MAX = WINDOW;

const isOpen = ({ entry, state }: Held): boolean => !entry.error && state !== "answered";

/** The oldest first. Two pages may have given the same rank; their order is the same everywhere. */
export const byRank = (a: OutboxEntry, b: OutboxEntry): number =>
  a.rank - b.rank || (a.writer < b.writer ? -1 : 1);

/**
 * The entries whose turn it is: of each chat the oldest, unless one of it is under way. A number 32
 * above the lowest unanswered one of its instance waits: repeats are told apart within a window of
 * so many. `isMine`: does this client look after what that instance wrote? `rests`: nothing of that chat goes out for now.
 */
export function turns(
  held: Iterable<Held>,
  isMine: (writer: string) => boolean,
  rests: (chat: string) => boolean,
): Held[] {
  const open = [...held].filter((each) => isOpen(each) && isMine(each.entry.writer));
  const lowest = new Map<string, number>();
  for (const { entry } of open) {
    const { instance, n } = parseCid(entry.cid);
    lowest.set(instance, Math.min(n, lowest.get(instance) ?? n));
  }
  const heads = new Map<string, Held>();
  for (const each of open.toSorted((a, b) => byRank(a.entry, b.entry))) {
    const { to } = each.entry;
    if (!heads.has(to) || each.state === "underWay") heads.set(to, each);
  }
  const underWay = [...heads.values()].filter(({ state }) => state === "underWay").length;
  return [...heads.values()]
    .filter(({ state, entry }) => {
      const { instance, n } = parseCid(entry.cid);
      const isDue = state === "waiting" && !rests(entry.to);
      return isDue && n - (lowest.get(instance) ?? n) < WINDOW;
    })
    .slice(0, Math.max(0, UNDER_WAY_MAX - underWay));
}
