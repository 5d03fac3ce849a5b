import type { GroupFact } from "../../src/events/groupfact.ts";
import { isGroup } from "../../src/events/messageid.ts";
import type { AskFrame } from "../../src/protocol/frames/group.ts";
import type { LineChange } from "../../src/protocol/frames/groupline.ts";
import { judge, newGroup, type Asked } from "./groupjudge.ts";
import { GroupSockets } from "./groupsockets.ts";
import { GroupViews, type Deed, type Group, type Host, type Socket } from "./groupviews.ts";
import type { Entry } from "./log.ts";

/** Groups beside the model of the server: slow, plain and independent of the code that it stands for. */
export class ModelGroups extends GroupViews {
  /** A group decides so much later. */
  decidesMs = 0;
  /** So many of the next messages find no room. */
  busy = 0;
  /** A user is in no more groups than this. */
  most = 500;
  readonly #server: Host;
  readonly sockets: GroupSockets;
  /** A second after their last refusal was stored, by author. */
  readonly #heardAt = new Map<string, number>();
  #lane: Promise<unknown> = Promise.resolve();
  #made = 0;

  constructor(server: Host) {
    super(server.log);
    this.#server = server;
    this.sockets = new GroupSockets(this, server);
  }

  /** A fact of a user is told to the group. */
  copied({ owner: author, seq: cause, event, at }: Entry): void {
    if (event.type === "MessageSent" && !("cause" in event) && isGroup(event.to)) {
      const { to, cid, body, data, mentions } = event;
      const said = {
        type: "MessageSent",
        author,
        to,
        cid,
        body,
        ...(data && { data }),
        ...(mentions && { mentions }),
      } as const;
      const storedAt = Date.now();
      this.#later(() => this.#said({ ...said, cause, of: cause, sentAt: at }, storedAt));
    }
    if (event.type === "GroupAsked" && event.cid !== undefined) {
      const { cid, group, ask } = event;
      this.#later(() => this.#asked(group, { author, cid, cause }, ask as Asked));
    }
  }

  #later(decide: () => void): void {
    const due = new Promise((resolve) => setTimeout(resolve, this.decidesMs));
    this.#lane = this.#lane.then(() => due).then(decide);
  }

  ask(socket: Socket, user: string, { cid, group: named, ask }: AskFrame): void {
    const known = this.#server.log
      .mailbox(user)
      .find(({ event }) => event.type === "GroupAsked" && event.cid === cid);
    const made = `g-${String(++this.#made).padStart(22, "0")}`;
    const group = known?.event.type === "GroupAsked" ? known.event.group : (named ?? made);
    const secret =
      ask.do === "invite"
        ? { secret: ask.on ? String(this.#made).padStart(22, "s") : undefined }
        : {};
    const limits = { members: 1_024, sendsPerSecond: 100 };
    const stored = ask.do === "create" ? { ...ask, limits } : { ...ask, ...secret };
    const event = {
      type: "GroupAsked",
      author: user,
      group,
      device: "d",
      cid,
      ask: stored,
    } as never;
    const seq = known?.seq ?? this.#server.store(user, event);
    socket.tell({ t: "asked", cid, group, seq, durability: "stored" });
  }

  #said(fact: Extract<GroupFact, { type: "MessageSent" }>, storedAt: number): void {
    const { author, to, cid, cause } = fact;
    const group = this.all.get(to);
    if (group === undefined || !this.stay(group, author))
      return this.#refuse(to, { author, cid, cause }, "not_found");
    // Sent before its author had heard for a second of what was refused: it does not overtake that.
    const isUnheard = storedAt < (this.#heardAt.get(author) ?? 0);
    if (this.busy > 0 || isUnheard) {
      this.busy = Math.max(0, this.busy - 1);
      this.#heardAt.set(author, Date.now() + 1_000);
      return this.#refuse(to, { author, cid, cause }, "group.busy");
    }
    this.#state(group, fact);
  }

  #asked(id: string, deed: Deed, ask: Asked): void {
    const group = this.all.get(id) ?? newGroup(id);
    if (ask.do === "create") this.all.set(id, group);
    const judged = this.all.has(id) ? judge(this, group, deed.author, ask) : "not_found";
    if (typeof judged === "string") return this.#refuse(id, deed, judged);
    this.#change(group, deed, judged.change, judged.joined, judged.ended);
  }

  #change(
    group: Group,
    { author: by, cid, cause }: Deed,
    change: LineChange,
    joined: readonly string[] = [],
    ended?: [string, "left" | "removed"],
  ): void {
    const seq = this.#server.log.seq + 1;
    for (const name of joined)
      group.stays.set(name, [...(group.stays.get(name) ?? []), { from: seq }]);
    const [gone, why] = ended ?? [];
    const stay = gone === undefined ? undefined : this.stay(group, gone);
    if (stay && why) Object.assign(stay, { upTo: seq, why });
    this.#state(
      group,
      { type: "GroupChanged", by, cid, cause, of: cause, change } as GroupFact,
      joined,
    );
    const told = { author: group.id, cause: seq };
    for (const name of joined) {
      const from = this.stay(group, name)?.from ?? seq;
      this.#server.store(name, { type: "GroupJoined", ...told, from });
      const isTooMany =
        [...this.all.values()].filter((each) => this.stay(each, name)).length > this.most;
      if (isTooMany) this.#decline(group, name, seq);
      else for (const socket of this.#server.of(name)) this.sockets.follow(socket, group, { from });
    }
    if (gone === undefined || stay?.upTo === undefined || !why) return;
    this.#server.store(gone, { type: "GroupLeft", ...told, from: stay.from, upTo: stay.upTo, why });
    for (const socket of this.#server.of(gone)) this.sockets.unfollow(socket, group.id, stay.upTo);
  }

  #decline(group: Group, user: string, from: number): void {
    const stay = this.stay(group, user);
    const change = { do: "leave", user, why: "limit" } as const;
    const cause = this.#server.log.seq;
    const upTo = cause + 1;
    if (stay) Object.assign(stay, { upTo, why: "limit" });
    this.#state(group, { type: "GroupChanged", by: user, cause, of: cause, change });
    this.#server.store(user, {
      type: "GroupLeft",
      author: group.id,
      cause: upTo,
      from,
      upTo,
      why: "limit",
    });
  }

  /** States a fact; those who follow are told. Those who come in by it are told where they begin. */
  #state(group: Group, fact: GroupFact, joined: readonly string[] = []): void {
    const prev = this.facts(group.id).at(-1)?.seq ?? 0;
    const entry = this.#server.log.append(group.id, fact as never);
    for (const socket of this.#server.sockets)
      if (this.sockets.isFollowed(socket, group.id) && !joined.includes(socket.user ?? ""))
        socket.event(entry, prev);
    this.#tick(group, entry.seq);
  }

  #refuse(id: string, { author, cid }: Deed, code: string): void {
    const cause = this.#server.log.seq + 1;
    this.#server.store(author, {
      type: "Refused",
      author: id,
      cause,
      cid,
      code,
      retryAfterMs: 500,
    } as never);
  }

  mark(user: string, id: string, kind: "delivered" | "read", upTo: number): void {
    const group = this.all.get(id);
    if (group === undefined || !this.stay(group, user)) return;
    const known = this.marksOf(group, user);
    const to = Math.min(upTo, this.head(user, id));
    const read = Math.max(known.read, kind === "read" ? to : 0);
    const before = known.read;
    group.marks.set(user, { read, delivered: Math.max(known.delivered, to, read) });
    if (read > before)
      this.#server.store(user, {
        type: "MessageRead",
        author: user,
        peer: id,
        device: "d",
        upTo: read,
      });
    this.#tick(group, this.#server.log.append(id, { type: "ReceiptsGathered" } as never).seq);
  }

  /** Authors are told how far all others have come. */
  readonly #toldTo = new Map<string, { delivered: number; read: number }>();
  #tick(group: Group, cause: number): void {
    for (const author of group.stays.keys()) {
      const now = this.told(group, author);
      const key = `${group.id} ${author}`;
      const known = this.#toldTo.get(key) ?? { delivered: 0, read: 0 };
      if (now.delivered <= known.delivered && now.read <= known.read) continue;
      const marks = {
        delivered: Math.max(now.delivered, known.delivered),
        read: Math.max(now.read, known.read),
      };
      this.#toldTo.set(key, marks);
      const told = { author: group.id, peer: author, cause } as const;
      if (marks.read >= marks.delivered)
        this.#server.store(author, { type: "MessageRead", ...told, upTo: marks.read });
      else
        this.#server.store(author, {
          type: "MessageDelivered",
          ...told,
          upTo: marks.delivered,
          read: marks.read,
        });
    }
  }
}
