import { isGroup } from "../../src/events/messageid.ts";
import type { ClientFrame } from "../../src/protocol/frames/frame.ts";
import type { AskFrame } from "../../src/protocol/frames/group.ts";
import type { Since } from "../../src/protocol/frames/hello.ts";
import type { Group, GroupViews, Host, Socket, Stay } from "./groupviews.ts";
import type { Entry } from "./log.ts";

/** The groups, as their sockets need them. */
interface Deciding extends GroupViews {
  ask(socket: Socket, user: string, frame: AskFrame): void;
  mark(user: string, id: string, kind: "delivered" | "read", upTo: number): void;
}

/** The sockets of the model's server as far as groups are told on them. */
export class GroupSockets {
  readonly #groups: Deciding;
  readonly #server: Host;
  /** The groups that each socket is told of. */
  readonly #followed = new WeakMap<Socket, Set<string>>();

  constructor(groups: Deciding, server: Host) {
    this.#groups = groups;
    this.#server = server;
  }

  /** Is the socket told of the group? */
  isFollowed = (socket: Socket, id: string): boolean =>
    this.#followed.get(socket)?.has(id) ?? false;

  /** Everything that was missed of the own mailbox has come. */
  greet(socket: Socket, user: string, since: readonly Since[] = []): void {
    this.#followed.set(socket, new Set());
    for (const group of this.#groups.all.values()) {
      const cursor = since.find(({ mailbox }) => mailbox === group.id);
      const stay = group.stays.get(user)?.at(-1);
      if (stay !== undefined && (stay.upTo === undefined || cursor))
        this.follow(socket, group, stay, cursor);
    }
  }

  heads(socket: Socket): { heads?: Record<string, number> } {
    const heads = [...(this.#followed.get(socket) ?? [])].map((id) => [
      id,
      this.#groups.head(socket.user ?? "", id),
    ]);
    return heads.length === 0 ? {} : { heads: Object.fromEntries(heads) as Record<string, number> };
  }

  /** Takes a frame that is about a group. */
  takes(socket: Socket, user: string, frame: ClientFrame): boolean {
    const ref = frame.ref === undefined ? {} : { ref: frame.ref };
    const { log } = this.#server;
    if (frame.t === "ask") {
      this.#groups.ask(socket, user, frame);
      return true;
    }
    if ((frame.t === "delivered" || frame.t === "read") && isGroup(frame.peer)) {
      this.#groups.mark(user, frame.peer, frame.t, frame.upTo);
      return true;
    }
    if (frame.t === "history" && isGroup(frame.peer)) {
      const { before = Infinity, after, limit = 50 } = frame;
      const rows = this.#groups
        .rowsOf(user, frame.peer)
        .filter(({ seq }) => seq < before && seq > (after ?? 0));
      const messages = after === undefined ? rows.slice(-limit) : rows.slice(0, limit);
      const result = { messages, more: rows.length > limit };
      socket.tell({ t: "reply", view: "history", seq: log.seq, result, ...ref });
      return true;
    }
    if (frame.t === "group") {
      const group = this.#groups.all.get(frame.group);
      if (group === undefined) return true;
      const members = [...group.stays].filter(([name]) => this.#groups.stay(group, name)).length;
      const stay = group.stays.get(user)?.at(-1) ?? { from: 0 };
      const role = group.admins.has(user) ? "admin" : "member";
      const rules = { send: "all", edit: "all", add: "all" } as const;
      const limits = { members: 1_024, sendsPerSecond: 100 };
      const secret = group.secret !== undefined && role === "admin" ? { invite: group.secret } : {};
      const result = {
        group: group.id,
        name: group.name,
        rules,
        members,
        role,
        limits,
        receipts: true,
        ...stay,
        ...secret,
      } as const;
      socket.tell({ t: "reply", view: "group", seq: log.seq, result, ...ref });
      return true;
    }
    if (frame.t === "members") {
      const group = this.#groups.all.get(frame.group);
      const members = [...(group?.stays.keys() ?? [])].flatMap((name) => {
        const role: "admin" | "member" = group?.admins.has(name) ? "admin" : "member";
        const stay = this.#groups.stay(group, name);
        return stay ? [{ user: name, role, from: stay.from }] : [];
      });
      const result = { members, more: false };
      socket.tell({ t: "reply", view: "members", seq: log.seq, result, ...ref });
      return true;
    }
    return false;
  }

  follow(socket: Socket, group: Group, stay: Stay, cursor?: Since): void {
    const { log, gapMax } = this.#server;
    const seq = cursor?.seq ?? stay.from - 1;
    const mailbox = group.id;
    const missed = this.#groups
      .seenBy(socket.user ?? "", mailbox)
      .filter((entry) => entry.seq > (cursor?.seq ?? stay.from - 1));
    const head = missed.at(-1)?.seq ?? seq;
    if (stay.upTo === undefined) this.#followed.get(socket)?.add(mailbox);
    if (stay.upTo !== undefined && missed.length === 0) return;
    socket.tell({ t: "follows", mailboxes: [{ mailbox, epoch: log.epoch, seq, head }] });
    const last = missed.at(-1);
    if (last === undefined) return;
    const before = (entry: Entry): number =>
      this.#groups.facts(mailbox).findLast((each) => each.seq < entry.seq)?.seq ?? 0;
    if (missed.length > gapMax) {
      socket.tell({ t: "resync", mailbox, epoch: log.epoch, seq: head, reason: "too-long" });
      socket.event(last, before(last));
    } else {
      for (const entry of missed) {
        // Over what lies between two memberships the cursor is moved.
        if (entry.seq === stay.from) socket.tell({ t: "caughtUp", mailbox, seq: stay.from - 1 });
        socket.event(entry, before(entry));
      }
      socket.tell({ t: "caughtUp", mailbox, seq: head });
    }
    if (stay.upTo !== undefined) socket.tell({ t: "unfollows", mailbox, upTo: stay.upTo });
  }

  unfollow(socket: Socket, id: string, upTo: number): void {
    if (this.#followed.get(socket)?.delete(id)) socket.tell({ t: "unfollows", mailbox: id, upTo });
  }
}
