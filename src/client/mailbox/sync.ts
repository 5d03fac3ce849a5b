import type { Hello } from "../../protocol/frames/hello.ts";
import type { ServerFrame } from "../../protocol/frames/frame.ts";
import type { EventFrame } from "../../protocol/frames/mailbox.ts";
import type { GroupSync } from "../groups/groupsync.ts";
import { groupIn } from "../groups/groupchat.ts";
import { footingOf, mailOf, sentBy } from "./chat.ts";
import type { Emitter } from "../emitter.ts";
import type { Machine } from "../machine.ts";
import type { Link } from "../connection/link.ts";
import type { Logout } from "./logout.ts";
import type { Local } from "./local.ts";
import type { Entries } from "../outbox/entries.ts";
import type { Heir } from "../outbox/heir.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Receipts } from "./receipts.ts";
import type { Requests } from "../connection/requests.ts";
import type { Presences } from "../connection/presences.ts";
import type { Signals } from "../connection/signals.ts";
import { isReadable } from "./readable.ts";
import { askAnew, replace } from "./resync.ts";
import type { Folding, Loaded } from "./localchat.ts";
import { takeRefusal } from "./refusal.ts";

interface Ports {
  local: Local;
  link: Link;
  logout: Logout;
  entries: Entries;
  outbox: Outbox;
  heir: Heir;
  requests: Requests;
  receipts: Receipts;
  signals: Signals;
  presences: Presences;
  following: GroupSync;
  emit: Emitter["emit"];
  machine: Machine;
  folded(change: Folding): void;
}

type Frame<T extends ServerFrame["t"]> = Extract<ServerFrame, { t: T }>;

/** Follows the mailbox: the cursor moves with what has arrived, and never otherwise. */
export class Sync {
  readonly #ports: Ports;
  #epoch = "";
  /** The newest seq that the server has told of. */
  #head = 0;
  /** Events that arrive while the views are asked. */
  #held: EventFrame[] | undefined;
  #loading: Promise<void> | undefined;
  /** All that was missed has come: from here on events are news. */
  #live = false;

  constructor(ports: Ports) {
    this.#ports = ports;
    ports.link.owes(ports.outbox, ports.requests);
  }

  async hello(): Promise<Pick<Hello, "deviceId" | "since">> {
    await this.#ports.logout.settled();
    await (this.#loading ??= this.#load());
    const { local, following } = this.#ports;
    const { deviceId, user, cursor } = local.meta;
    if (!user || !cursor) return { deviceId };
    return { deviceId, since: [{ mailbox: user, ...cursor }, ...following.since()] };
  }

  take(frame: ServerFrame): void {
    const { local, requests, signals, presences, following, outbox } = this.#ports;
    if (following.takes(frame)) return this.#compare(following.isBehind);
    switch (frame.t) {
      case "welcome":
        return this.#welcome(frame);
      case "event":
        return this.#event(frame);
      case "caughtUp":
        return this.#caughtUp(frame);
      case "resync":
        return void this.#resync(frame);
      case "sent":
        return outbox.sent(frame, frame.seq <= local.seq);
      case "asked":
        return outbox.asked(frame.cid, frame.group);
      case "follows":
        return following.follows(frame);
      case "pong":
        return this.#pong(frame);
      case "reply":
        return requests.answered(frame);
      case "presence":
        return presences.told(frame);
      case "typing":
        return signals.types(frame.peer, frame.user);
      case "error":
        return takeRefusal(this.#ports, frame, (reason) => this.forget(reason));
      // The link's own affair.
      case "refreshed":
      case "goaway":
      case "stay":
      // Said of groups alone, which have been seen to.
      case "unfollows":
        return;
    }
  }

  /** Nothing is known any more: the next connection begins with what the storage has. */
  leave(): void {
    this.#loading = undefined;
  }

  /** The socket is gone. `refusal`: the code of what it was closed for. */
  stop(refusal?: string): void {
    const { outbox, requests, receipts, signals, presences, heir, following } = this.#ports;
    this.#held = undefined;
    this.#live = false;
    this.#head = 0;
    for (const part of [following, outbox, requests, receipts, signals, presences, heir])
      part.stop();
    if (refusal === "limit.sockets") heir.yield();
  }

  /** A message written before is of what is stored, and comes last. Without a storage: from memory. */
  async #load(): Promise<void> {
    const { local, heir, entries } = this.#ports;
    const { logouts } = local;
    for (const step of [() => heir.begin(), () => local.load(), () => heir.look()]) {
      await step();
      // A log-out meanwhile: the next connection begins anew.
      if (logouts !== local.logouts) return;
    }
    entries.enrol(local.meta.login);
  }

  #synced(): void {
    const { link, outbox, receipts, presences, heir } = this.#ports;
    link.synced();
    if (link.state !== "online") return;
    const { machine } = this.#ports;
    // A machine looks through what others have left before it begins, and not while it runs.
    const parts = machine.isOne ? [outbox, receipts] : [outbox, receipts, presences, heir];
    machine.synced(() => {
      for (const part of parts) part.start();
      link.leave();
    });
  }

  /** Somebody else is logged in: nothing of the one before is kept, and the token says who it is. */
  forget(reason: string): void {
    const { local, entries, link } = this.#ports;
    local.belongsTo(undefined);
    entries.forgetUnconfirmed();
    link.restart(reason);
  }

  #welcome({ user, epoch, head }: Frame<"welcome">): void {
    const { local, entries } = this.#ports;
    this.#epoch = epoch;
    local.belongsTo(user);
    entries.belongsTo(user, local.meta.login, { epoch, seq: head });
  }

  #event(frame: EventFrame): void {
    const { local, outbox, link, following } = this.#ports;
    if (this.#held !== undefined) {
      this.#held.push(frame);
      return;
    }
    if (frame.mailbox !== local.meta.user) return;
    if (frame.seq <= local.seq) return this.#stand(frame);
    if (frame.prev > local.seq) {
      link.restart("gap");
      return;
    }
    const mail = isReadable(frame.event) ? mailOf(frame) : undefined;
    // An entry that nobody can read has its place all the same.
    if (mail === undefined) {
      local.move(frame.seq, this.#epoch, { on: footingOf(frame) });
      return;
    }
    const group = groupIn(mail);
    if (group !== undefined) {
      following.about(mail, group, this.#epoch);
      return this.#compare(!following.isBehind);
    }
    const { repeat, change } = local.apply(frame, this.#epoch);
    this.#compare(!following.isBehind);
    const own = sentBy(mail);
    const struck = own && outbox.met(own, repeat);
    if (change) this.#ports.folded({ ...change, struck, live: this.#live });
  }

  /** An event that the cursor has passed, as the one behind a resync: the cursor stands on it from now on. */
  #stand(frame: EventFrame): void {
    const { local } = this.#ports;
    if (frame.seq > (local.meta.cursor?.on?.seq ?? 0))
      local.move(local.seq, this.#epoch, { on: footingOf(frame) });
  }

  #caughtUp({ seq }: Frame<"caughtUp">): void {
    this.#ports.local.caughtUp(seq, this.#epoch);
    this.#live = true;
    this.#synced();
  }

  async #resync(frame: Frame<"resync">): Promise<void> {
    const { link } = this.#ports;
    const held: EventFrame[] = (this.#held = []);
    this.#epoch = frame.epoch;
    let loaded: Loaded;
    try {
      loaded = await askAnew(this.#ports, frame);
    } catch (error) {
      if (this.#held === held) link.restart(String(error));
      return;
    }
    if (this.#held !== held) return;
    this.#held = undefined;
    replace(this.#ports, loaded, frame);
    this.#ports.following.listed(loaded.groups);
    this.#live = true;
    for (const event of held) this.#event(event);
    this.#synced();
  }

  #pong({ head = this.#head, heads }: Frame<"pong">): void {
    const { link, following } = this.#ports;
    // An entry that waits for this device over a slow link is on its way, not missing.
    if (link.state !== "online") return;
    this.#head = head;
    following.heard(heads);
    this.#compare(false);
  }

  /** The server's heads against what has arrived. `moved`: something of what is behind just has. */
  #compare(moved: boolean): void {
    const { link, local, following } = this.#ports;
    if (following.isBehind) link.compare(1, 0, moved);
    else link.compare(this.#head, local.seq, moved);
  }
}
