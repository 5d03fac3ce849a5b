import type { GroupFact } from "../../src/events/groupfact.ts";
import type { GroupRow } from "../../src/protocol/frames/chats.ts";
import type { ServerFrame } from "../../src/protocol/frames/frame.ts";
import type { LineChange } from "../../src/protocol/frames/groupline.ts";
import type { LineRow, MessageRow } from "../../src/protocol/frames/history.ts";
import type { Entry, ModelLog } from "./log.ts";

/** A membership: from the fact that let somebody in to the one that let them out, both included. */
export interface Stay {
  readonly from: number;
  upTo?: number;
  why?: "left" | "removed" | "ended" | "limit";
}
export interface Group {
  readonly id: string;
  name: string;
  readonly stays: Map<string, Stay[]>;
  readonly admins: Set<string>;
  readonly removed: Set<string>;
  secret?: string;
  /** How far each member has received and read. */
  readonly marks: Map<string, { delivered: number; read: number }>;
}
export interface Socket {
  readonly user: string | undefined;
  event(entry: Entry, prev: number): void;
  tell(frame: ServerFrame): void;
}
/** The model's server, as groups need it. */
export interface Host {
  readonly log: ModelLog;
  readonly gapMax: number;
  readonly sockets: Iterable<Socket>;
  of(user: string): readonly Socket[];
  store(owner: string, event: Entry["event"]): number;
}
export type Deed = { readonly author: string; readonly cid: string; readonly cause: number };

/** All that can be seen of the model's groups: who is in them, what they may see, and how far they have come. */
export class GroupViews {
  readonly all = new Map<string, Group>();
  readonly #log: ModelLog;

  constructor(log: ModelLog) {
    this.#log = log;
  }

  /** Facts that a group has accepted. */
  facts(id: string): Entry[] {
    const isFact = ({ event }: Entry): boolean => (event.type as string) !== "ReceiptsGathered";
    return this.#log.mailbox(id).filter(isFact);
  }
  /** The entries of a group that a user may see. */
  seenBy(user: string, id: string): Entry[] {
    const stays = this.all.get(id)?.stays.get(user) ?? [];
    return this.facts(id).filter(({ seq }) =>
      stays.some(({ from, upTo = Infinity }) => from <= seq && seq <= upTo),
    );
  }
  isIn(user: string, id: string): boolean {
    return this.stay(this.all.get(id), user) !== undefined;
  }

  /** The rows of a user's groups in the list of chats. */
  rows(user: string): GroupRow[] {
    return [...this.all.values()].flatMap((group) => {
      const stay = group.stays.get(user)?.at(-1);
      const rows = this.rowsOf(user, group.id);
      const last = rows.at(-1);
      if (stay === undefined || last === undefined) return [];
      const { read } = this.marksOf(group, user);
      const unread = this.unread(user, group.id);
      const { delivered: peerDelivered, read: peerRead } = this.told(group, user);
      const at = "sentAt" in last ? last.sentAt : last.at;
      return [
        {
          peer: group.id,
          at,
          name: group.name,
          last,
          unread,
          read,
          readHere: read,
          seq: last.seq,
          peerDelivered,
          peerRead,
          ...stay,
        },
      ];
    });
  }

  /** Messages of others in the newest membership, beyond what the user has read. */
  unread(user: string, id: string): number {
    const group = this.all.get(id);
    const from = group?.stays.get(user)?.at(-1)?.from ?? Infinity;
    const read = group ? this.marksOf(group, user).read : 0;
    return this.rowsOf(user, id).filter(
      (row) => "body" in row && row.author !== user && row.seq > Math.max(read, from),
    ).length;
  }

  /** The author's messages up to which all present members that were there have received and read. */
  told(group: Group, author: string): { delivered: number; read: number } {
    const own = this.#log
      .mailbox(group.id)
      .filter(({ event }) => event.type === "MessageSent" && event.author === author);
    const upTo = (kind: "delivered" | "read"): number => {
      let last = 0;
      for (const { seq } of own) {
        const counted = [...group.stays.keys()].filter(
          (name) => name !== author && (this.stay(group, name)?.from ?? Infinity) <= seq,
        );
        if (!counted.every((name) => this.marksOf(group, name)[kind] >= seq)) break;
        last = seq;
      }
      return last;
    };
    return { delivered: upTo("delivered"), read: upTo("read") };
  }

  marksOf(group: Group, user: string): { delivered: number; read: number } {
    return group.marks.get(user) ?? { delivered: 0, read: 0 };
  }
  stay(group: Group | undefined, user: string): Stay | undefined {
    const stay = group?.stays.get(user)?.at(-1);
    return stay?.upTo === undefined ? stay : undefined;
  }
  head(user: string, id: string): number {
    return this.rowsOf(user, id).at(-1)?.seq ?? 0;
  }

  rowsOf(user: string, id: string): (MessageRow | LineRow)[] {
    return this.seenBy(user, id).flatMap(({ seq, at, event }): (MessageRow | LineRow)[] => {
      const fact = event as unknown as GroupFact;
      if (fact.type === "GroupChanged") {
        const { by, cid, change } = fact;
        return [{ seq, at, by, ...(cid && { cid }), change: change as LineChange }];
      }
      if (fact.type !== "MessageSent") return [];
      const { author, to, cid, body, data, mentions, sentAt } = fact;
      return [
        {
          seq,
          id: `${id}:${seq}`,
          author,
          to,
          cid,
          body,
          ...(data && { data }),
          ...(mentions && { mentions }),
          sentAt,
        },
      ];
    });
  }
}
