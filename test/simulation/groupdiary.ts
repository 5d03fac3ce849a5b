import { footingOf } from "../../src/client/mailbox/chat.ts";
import type { Copy } from "../../src/events/copy.ts";
import { positionOf, seqOf } from "../../src/events/position.ts";
import type { ServerFrame } from "../../src/protocol/frames/frame.ts";
import type { FollowedGroup } from "../../src/protocol/frames/group.ts";
import type { Footing, Since } from "../../src/protocol/frames/hello.ts";
import type { EventFrame, Resync } from "../../src/protocol/frames/mailbox.ts";
import type { GroupWitness, Reader, Witness } from "./line.ts";

type GroupFrame = Extract<ServerFrame, { mailbox: string }>;

/** A group as a device has followed it. */
interface Followed {
  epoch: string;
  generation: number;
  cursor: number;
  on: Footing | undefined;
  /** Positions of what it shows, in its order. */
  shown: number[];
  /** Position of the last message of somebody else's. */
  received: number;
  /** The end of the last membership, by the own mailbox; 0: it goes on. */
  upTo: number;
  /** On this socket events come by themselves. */
  isFollowed: boolean;
}

/** Groups of a device: of each a cursor of its own, and what it shows. */
export class GroupDiary {
  readonly groups = new Map<string, Followed>();
  readonly #user: string;
  readonly #witness: GroupWitness;
  /** Groups that the last hello has named. */
  readonly #named = new Set<string>();

  constructor(user: string, witness: GroupWitness) {
    this.#user = user;
    this.#witness = witness;
  }

  /** Cursors for a hello, of those that may have more to come. */
  since(): Since[] {
    this.#named.clear();
    return [...this.groups].flatMap(([mailbox, group]) => {
      const { epoch, cursor: seq, on, upTo } = group;
      group.isFollowed = false;
      if (epoch === "" || (upTo > 0 && seq >= upTo)) return [];
      this.#named.add(mailbox);
      return { mailbox, epoch, seq, ...(on && { on }) };
    });
  }

  follows(mailboxes: readonly FollowedGroup[]): void {
    for (const { mailbox, epoch, seq, head, generation = 0 } of mailboxes) {
      const group = this.#of(mailbox);
      const isOther = group.epoch !== epoch || group.generation !== generation;
      // A cursor that the hello has named the server has judged.
      const isVoid = group.epoch !== "" && isOther && !this.#named.has(mailbox);
      if (group.epoch === "") group.epoch = epoch;
      group.generation = generation;
      group.isFollowed = true;
      if (isVoid) this.#anew({ mailbox, epoch, seq: head });
      group.cursor = Math.max(group.cursor, seq);
    }
  }

  /** Takes a frame of a group's mailbox. True: something before it has not come. */
  hear(frame: GroupFrame, by: Reader, witness: Witness): boolean {
    const isMissing = this.#take(frame, by);
    if (isMissing)
      witness.wrong("gap", `${by.id} lacks something of ${frame.mailbox}, and is told ${frame.t}`);
    return isMissing;
  }

  #take(frame: GroupFrame, by: Reader): boolean {
    switch (frame.t) {
      case "event":
        this.#witness.told(by, frame);
        return this.#event(frame);
      case "caughtUp":
        this.#caughtUp(frame);
        return false;
      case "resync":
        this.#witness.resync(by, frame);
        this.#anew(frame);
        return false;
      case "unfollows":
        return this.#unfollows(frame);
      default:
        return false;
    }
  }

  /** Takes an event. True: something is missing before it. */
  #event(frame: EventFrame): boolean {
    const { mailbox, seq, prev, generation = 0, event } = frame;
    const group = this.#of(mailbox);
    if (seq <= group.cursor) {
      if (seq > (group.on?.seq ?? 0)) group.on = footingOf(frame);
      return false;
    }
    if (prev > group.cursor) return true;
    const position = positionOf(generation, seq);
    group.cursor = seq;
    group.on = footingOf(frame);
    group.shown.push(position);
    if (event.type === "MessageSent" && event.author !== this.#user) group.received = position;
    return false;
  }

  #caughtUp({ mailbox, seq }: Extract<GroupFrame, { t: "caughtUp" }>): void {
    const group = this.#of(mailbox);
    group.cursor = Math.max(group.cursor, seq);
  }

  /** Forgets the group, and takes what views say that know it up to there. */
  #anew({ mailbox, epoch, seq }: Pick<Resync, "mailbox" | "epoch" | "seq">): void {
    const { positions, received } = this.#witness.page(this.#user, mailbox, seq);
    const group = this.#of(mailbox);
    Object.assign(group, { epoch, cursor: seq, on: undefined, shown: [...positions], received });
  }

  /** True: the last events of the membership have not come. */
  #unfollows({ mailbox, upTo }: Extract<GroupFrame, { t: "unfollows" }>): boolean {
    const group = this.#of(mailbox);
    group.isFollowed = false;
    return group.cursor < seqOf(upTo);
  }

  /** The own mailbox says this of a membership. One that has passed unseen is asked for: nothing of it comes by itself. */
  heard(event: Copy): void {
    if (event.type === "GroupJoined") this.#of(event.author).upTo = 0;
    if (event.type !== "GroupLeft") return;
    const { author: mailbox, upTo } = event;
    const group = this.#of(mailbox);
    group.upTo = seqOf(upTo);
    if (!group.isFollowed && !this.#named.has(mailbox) && group.cursor < seqOf(upTo))
      this.#anew({ mailbox, epoch: group.epoch, seq: seqOf(upTo) });
  }

  /** Heads that a heartbeat names: of which group is there more than has come? */
  isBehind(heads: Readonly<Record<string, number>>): boolean {
    return Object.entries(heads).some(([group, head]) => head > this.#of(group).cursor);
  }

  /** Receipts that were not told on this socket. */
  *due(told: ReadonlyMap<string, number>): Generator<[group: string, upTo: number]> {
    for (const [id, { received, isFollowed }] of this.groups)
      if (isFollowed && received > (told.get(id) ?? 0)) yield [id, received];
  }

  #of(id: string): Followed {
    let group = this.groups.get(id);
    if (group === undefined) {
      group = {
        epoch: "",
        generation: 0,
        cursor: 0,
        on: undefined,
        shown: [],
        received: 0,
        upTo: 0,
        isFollowed: false,
      };
      this.groups.set(id, group);
    }
    return group;
  }
}
