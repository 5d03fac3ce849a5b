import type { Mail } from "../../events/event.ts";
import { isGroup } from "../../events/messageid.ts";
import { generationOf, positionOf, seqOf } from "../../events/position.ts";
import type { GroupRow } from "../../protocol/frames/chats.ts";
import type { ServerFrame } from "../../protocol/frames/frame.ts";
import type { LineChange } from "../../protocol/frames/groupline.ts";
import { CURSORS_MAX, type Since } from "../../protocol/frames/hello.ts";
import type { EventFrame } from "../../protocol/frames/mailbox.ts";
import type { Emitter } from "../emitter.ts";
import type { Link } from "../connection/link.ts";
import type { Requests } from "../connection/requests.ts";
import { footingOf } from "../mailbox/chat.ts";
import type { Local } from "../mailbox/local.ts";
import { isReadable } from "../mailbox/readable.ts";
import type { Receipts } from "../mailbox/receipts.ts";
import type { Folding } from "../mailbox/localchat.ts";
import type { Outcomes } from "../outbox/outcomes.ts";
import { fold, isSend } from "../../rules/conversation.ts";
import { Catching } from "./catching.ts";
import {
  asGroup,
  followed,
  blankGroup,
  cursorOf,
  outdated,
  standing,
  withGroup,
  detailed,
  type GroupChat,
} from "./groupchat.ts";

interface Ports {
  local: Local;
  link: Link;
  outcomes: Outcomes;
  requests: Requests;
  receipts: Receipts;
  emit: Emitter["emit"];
  folded(change: Folding): void;
}

type Frame<T extends ServerFrame["t"]> = Extract<ServerFrame, { t: T }>;

/** Questions about one group on a connection, and the wait before the next. */
const LOOKS = 5;
const LOOK_AGAIN_MS = 2_000;

/** Follows the groups of the user, each by the cursor that its chat is. */
export class GroupSync {
  readonly #ports: Ports;
  readonly #catching: Catching;
  /** Groups of which all that was missed has come. */
  readonly #live = new Set<string>();
  /** Groups whose cursors the hello has named. */
  #named: ReadonlySet<string> = new Set();
  /** The newest seq of each that the server has told of. */
  readonly #heads = new Map<string, number>();

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#catching = new Catching({ ...ports, event: (frame) => this.#event(frame) });
  }

  /** Cursors for a hello: of those that may have more to come first, and of the newest. */
  since(): Since[] {
    const since = [...this.#ports.local.chats.values()]
      .flatMap((chat) => asGroup(chat) ?? [])
      .filter(
        ({ seq, group: { epoch, upTo } }) =>
          epoch !== "" && (upTo === undefined || seq < seqOf(upTo)),
      )
      .toSorted((a, b) => (b.messages.at(-1)?.sentAt ?? 0) - (a.messages.at(-1)?.sentAt ?? 0))
      .slice(0, CURSORS_MAX - 1)
      .map((chat) => ({ mailbox: chat.peer, ...cursorOf(chat) }));
    this.#named = new Set(since.map(({ mailbox }) => mailbox));
    return since;
  }

  /** Takes a frame that is about a group's mailbox; false: it is about something else. */
  takes(frame: ServerFrame): boolean {
    if (!("mailbox" in frame) || !isGroup(frame.mailbox)) return false;
    if (frame.t === "event" && !this.#catching.holds(frame)) this.#event(frame);
    if (frame.t === "caughtUp") this.#caughtUp(frame);
    if (frame.t === "resync") {
      this.#live.add(frame.mailbox);
      this.#catching.begin(frame);
    }
    if (frame.t === "unfollows") this.#unfollows(frame);
    return true;
  }

  follows({ mailboxes }: Frame<"follows">): void {
    for (const { mailbox, epoch, seq, head, generation = 0 } of mailboxes) {
      const chat = outdated(this.#chatOf(mailbox), seq);
      const { group } = chat;
      const isNew = group.epoch === "";
      if (this.#mayBeVoid(chat, seq, generation)) return this.#ports.link.restart("rolled back");
      // Receipts that were told may have been rolled away with their stream.
      if (!isNew && generation > group.generation) this.#ports.receipts.anew(mailbox);
      const place = { epoch: isNew ? epoch : group.epoch, generation };
      // Everything from the joining on comes as events.
      const next = { ...withGroup(chat, place), seq: Math.max(chat.seq, seq) };
      this.#ports.local.put(next);
      this.#heads.set(mailbox, head);
      if (head <= next.seq) this.#live.add(mailbox);
      this.#catching.inTurn(() => this.#look(mailbox));
    }
  }

  /** The group was left, so no hello has named its cursor, and a roll-back has taken that: the next one asks whether what is known is void. */
  #mayBeVoid({ peer, seq: own, group }: GroupChat, seq: number, generation: number): boolean {
    const isBehind = generation > group.generation && seq < own;
    return isBehind && group.epoch !== "" && !this.#named.has(peer);
  }

  /** Something of the own mailbox that is about a group. */
  about(mail: Mail, group: string, epoch: string): void {
    const { local, outcomes } = this.#ports;
    const { event } = mail;
    const before = this.#chatOf(group);
    const folded = fold(before, local.meta.sends, mail);
    local.move(mail.seq, epoch, { ...(folded && { sends: folded.sends }), on: footingOf(mail) });
    if (isSend(mail)) return outcomes.stored(mail.event, folded?.what !== "asked");
    if (folded === undefined) return;
    // A claim of one's own brings no group into the list.
    if (local.chats.has(group) || event.type === "GroupJoined")
      local.put(standing({ ...before, ...folded.chat }, event));
    this.#told(event, group);
  }

  /** Hands on what the group told its user. */
  #told(event: Mail["event"], group: string): void {
    const { outcomes, emit } = this.#ports;
    if (event.type === "Refused") outcomes.refused(event);
    if (event.type === "GroupLeft" && event.why === "limit") outcomes.declined(group);
    else if (event.type === "GroupLeft") this.#passed(group, event.upTo);
    if (event.type === "GroupJoined" || event.type === "GroupLeft") emit("group", { group });
  }

  /** A membership that began and ended while this device was away: it names no cursor there, so nothing comes by itself. */
  #passed(mailbox: string, upTo: number): void {
    const chat = this.#chatOf(mailbox);
    if (chat.group.epoch !== "" || chat.messages.length > 0) return;
    this.#ports.local.put(withGroup(chat, { generation: generationOf(upTo) }));
    this.#catching.begin({ t: "resync", mailbox, epoch: "", seq: seqOf(upTo), reason: "too-long" });
  }

  /** Groups of the list, behind a resync of the own mailbox: of those that the user has left meanwhile nothing else tells. */
  listed(rows: readonly GroupRow[]): void {
    for (const { peer, upTo } of rows) if (upTo) this.#passed(peer, upTo);
  }

  /** Newest heads, as a heartbeat says them. */
  heard(heads: Readonly<Record<string, number>> = {}): void {
    for (const [group, head] of Object.entries(heads)) this.#heads.set(group, head);
  }
  /** Has the server told of something that has not come? Groups on their way, or being loaded, miss nothing. */
  get isBehind(): boolean {
    return [...this.#live].some(
      (group) => !this.#catching.isAt(group) && (this.#heads.get(group) ?? 0) > this.#seqOf(group),
    );
  }

  stop(): void {
    this.#live.clear();
    this.#heads.clear();
    this.#catching.stop();
  }

  /** Asks for what the events of a group do not say. */
  async #look(mailbox: string, tries = LOOKS): Promise<void> {
    const { local, requests, emit } = this.#ports;
    try {
      const { seq, group } = this.#chatOf(mailbox);
      if (group.info.rules !== undefined) return;
      // The views have to know that the user is in.
      const atLeast = positionOf(group.generation, Math.max(seq, this.#heads.get(mailbox) ?? 0));
      const { result } = await requests.ask("group", { group: mailbox, atLeast });
      local.put(detailed(this.#chatOf(mailbox), result));
      emit("group", { group: mailbox });
    } catch {
      const again = (): void => {
        // Behind a break the next connection asks.
        if (this.#heads.has(mailbox)) this.#catching.inTurn(() => this.#look(mailbox, tries - 1));
      };
      if (tries > 1) setTimeout(again, LOOK_AGAIN_MS);
    }
  }

  #seqOf = (group: string): number => this.#ports.local.chats.get(group)?.seq ?? 0;

  #chatOf(group: string): GroupChat {
    const { chats, meta } = this.#ports.local;
    return asGroup(chats.get(group)) ?? blankGroup(group, meta.user ?? "");
  }

  #event(frame: EventFrame): void {
    const { local, link, outcomes, emit, folded } = this.#ports;
    const before = this.#chatOf(frame.mailbox);
    if (frame.seq <= before.seq) return this.#stand(before, frame);
    if (frame.prev > before.seq) return link.restart("gap");
    const { epoch } = before.group;
    const after = isReadable(frame.event)
      ? followed(before, frame, epoch)
      : withGroup({ ...before, seq: frame.seq }, { on: footingOf(frame) });
    local.put(after);
    const live = this.#live.has(frame.mailbox);
    const row = after.messages.find(({ seq }) => seq === frame.seq);
    const struck = row?.author === before.group.me ? outcomes.shown(row) : undefined;
    if (row?.change === undefined) return folded({ before, after, struck, live });
    emit(ABOUT_GROUP.has(row.change.do) ? "group" : "members", {
      group: frame.mailbox,
      change: row.change,
    });
  }

  /** An event that the cursor has passed, as the one behind a resync: the cursor stands on it from now on. */
  #stand(chat: GroupChat, frame: EventFrame): void {
    if (frame.seq > (chat.group.on?.seq ?? 0))
      this.#ports.local.put(withGroup(chat, { on: footingOf(frame) }));
  }

  #unfollows({ mailbox, upTo }: Frame<"unfollows">): void {
    this.#live.delete(mailbox);
    this.#heads.delete(mailbox);
    const { seq } = this.#chatOf(mailbox);
    // The last events were lost, and no other will show it.
    if (seq < seqOf(upTo) && !this.#catching.isAt(mailbox)) this.#ports.link.restart("gap");
  }

  #caughtUp({ mailbox, seq }: Frame<"caughtUp">): void {
    const chat = this.#chatOf(mailbox);
    this.#live.add(mailbox);
    if (seq > chat.seq) this.#ports.local.put({ ...chat, seq });
  }
}

/** Changes of the group itself; all others are of who is in it, and of what they may do. */
const ABOUT_GROUP: ReadonlySet<LineChange["do"]> = new Set(["describe", "rule", "invite"]);
