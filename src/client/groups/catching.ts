import type { GroupRow } from "../../protocol/frames/chats.ts";
import { HISTORY_MAX } from "../../protocol/frames/history.ts";
import type { EventFrame, Resync } from "../../protocol/frames/mailbox.ts";
import type { Link } from "../connection/link.ts";
import type { Requests } from "../connection/requests.ts";
import { loadGroupRows, loadUnread } from "../mailbox/loading.ts";
import type { Local } from "../mailbox/local.ts";
import type { Outcomes } from "../outbox/outcomes.ts";
import { loadedAnew, placeBehind } from "./anew.ts";
import { asGroup, blankGroup, type GroupChat } from "./groupchat.ts";

interface Ports {
  local: Local;
  link: Link;
  requests: Requests;
  outcomes: Outcomes;
  event(frame: EventFrame): void;
}

/** Loads groups anew that cannot be followed from their cursors: one after the other, since the views have others to serve. */
export class Catching {
  readonly #ports: Ports;
  /** Events that came while a group is loaded, in a list of its last load. */
  readonly #held = new Map<string, EventFrame[]>();
  #turn: Promise<void> = Promise.resolve();
  /** The rows of the list, for all that are loaded behind one another. */
  #rows: Promise<ReadonlyMap<string, GroupRow>> | undefined;
  #round = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Takes an event of a group that is being loaded. */
  holds(frame: EventFrame): boolean {
    return (this.#held.get(frame.mailbox)?.push(frame) ?? 0) > 0;
  }

  isAt = (group: string): boolean => this.#held.has(group);

  begin(frame: Resync): void {
    const held = [...(this.#held.get(frame.mailbox) ?? [])];
    this.#held.set(frame.mailbox, held);
    this.inTurn((round) => this.#load(frame, held, round));
  }

  /** Asks behind all that is being asked of groups, if the socket is still there. */
  inTurn(ask: (round: number) => Promise<void>): void {
    const round = this.#round;
    this.#turn = this.#turn.then(async () => {
      if (round === this.#round) await ask(round);
    });
  }

  /** The socket is gone, and the answers with it. */
  stop(): void {
    this.#round++;
    this.#held.clear();
    this.#rows = undefined;
  }

  async #load(frame: Resync, held: readonly EventFrame[], round: number): Promise<void> {
    const { local, link, requests, outcomes, event } = this.#ports;
    const { mailbox, reason } = frame;
    try {
      this.#rows ??= loadGroupRows(requests, local.seq);
      const rows = await this.#rows;
      const chat = await this.#anew(frame, rows.get(mailbox));
      if (round !== this.#round) return;
      if (reason !== "too-long") local.keys.clear();
      local.put(chat);
      for (const row of chat.messages) if (row.author === chat.group.me) outcomes.shown(row);
      // Older pages may show the others.
      outcomes.doubt(mailbox);
      // The load behind this one says where the cursor stands.
      if (this.#held.get(mailbox) !== held) return;
      this.#held.delete(mailbox);
      // A group that comes later has another row by then.
      if (this.#held.size === 0) this.#rows = undefined;
      held.forEach(event);
      // A count that could not be had is as the list of chats said it.
      await loadUnread(local, requests, mailbox).catch(() => undefined);
    } catch (error) {
      if (round === this.#round) link.restart(String(error));
    }
  }

  /** A group's newest page and its row in the list take the place of what was known of it. */
  async #anew(frame: Resync, row: GroupRow | undefined): Promise<GroupChat> {
    const { local, requests } = this.#ports;
    const { mailbox: peer } = frame;
    const known = (): GroupChat =>
      asGroup(local.chats.get(peer)) ?? blankGroup(peer, local.meta.user ?? "");
    const atLeast = placeBehind(known(), frame, row);
    const { result } = await requests.ask("history", { peer, limit: HISTORY_MAX, atLeast });
    // The own mailbox goes on meanwhile, and tells of the group.
    return loadedAnew(known(), frame, result, row);
  }
}
