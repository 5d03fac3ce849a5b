import { isGroup } from "../../src/events/messageid.ts";
import type { ServerFrame } from "../../src/protocol/frames/frame.ts";
import type { ErrorFrame } from "../../src/protocol/frames/error.ts";
import type { EventFrame, Resync } from "../../src/protocol/frames/mailbox.ts";
import type { ClientAsk } from "../../src/protocol/frames/group.ts";
import { Diary } from "./diary.ts";
import { GroupDiary } from "./groupdiary.ts";
import { Letters } from "./letters.ts";
import { AHEAD_MS, lacks, lineOver, welcomed, type Line } from "./line.ts";
import { HEARTBEAT_MS } from "./machines.ts";
import { SimulatedSocket } from "./socket.ts";
import type { Surroundings } from "./surroundings.ts";
import { AGAIN_MS, HELLO_MS, LEAVE_MS, NO_WORD, RECEIPT_MS, SILENT_MS } from "./waits.ts";

type Pong = Extract<ServerFrame, { t: "pong" }>;

/** A device that follows docs/protocol.md, "Rules for a client", as far as they are about the cursor, sends and receipts. */
export class Device {
  readonly user: string;
  readonly id: string;
  readonly groups: GroupDiary;
  readonly diary: Diary;
  readonly letters: Letters;
  /** The socket that sends go over, and one that is to take its place. */
  line: Line | undefined;
  next: Line | undefined;
  /** Sockets that were cut before their welcome came: of their sessions it does not know. */
  readonly unwelcome: SimulatedSocket[] = [];
  /** Its own link is down until then. */
  cutUntil = 0;
  /** The session of a socket that has ended without a word of the server. */
  #died: { sessionId: string; resume: string } | undefined;
  #attempt = 0;
  readonly #around: Surroundings;

  constructor(user: string, id: string, around: Surroundings) {
    this.user = user;
    this.id = id;
    this.letters = new Letters(id);
    this.groups = new GroupDiary(user, around.groups);
    this.diary = new Diary((event) => this.groups.heard(event));
    this.#around = around;
  }

  /** Opens a socket, at any gateway that the balancer has. */
  connect(beside?: SimulatedSocket): void {
    const { cluster, gateways } = this.#around;
    const ready = gateways.filter((each) => each.isReady && each !== beside?.gateway);
    const gateway = ready[cluster.below(ready.length)];
    if (gateway === undefined || this.cutUntil > cluster.time.now) return this.#again(beside);
    const ear = {
      hear: (text: string) => this.#hear(line, JSON.parse(text) as ServerFrame),
      closed: (code: number) => this.#closed(line, code),
    };
    const socket = new SimulatedSocket(cluster, gateway, ear);
    const line: Line = lineOver(socket, cluster.time.now, this.diary.cursor);
    if (beside === undefined) this.line = line;
    else this.next = line;
    const since = [this.diary.since(this.user), ...this.groups.since()];
    const replaces = beside === undefined && this.#died !== undefined && { replaces: this.#died };
    socket.say({ t: "hello", token: this.user, deviceId: this.id, since, ...replaces });
    this.#later(HELLO_MS, line, () => line.isWelcome || this.#giveUp(line));
    this.#later(HEARTBEAT_MS, line, () => this.#beat(line));
  }

  /** Writes to somebody or to a group, or asks something of a group. */
  write(to: string, ask?: ClientAsk): void {
    this.letters.write(to, ask);
    this.#pump();
  }

  /** Its own link is down until then: nothing of its sockets comes through any more. */
  cut(until: number): void {
    this.cutUntil = until;
    for (const line of [this.line ?? [], this.next ?? []].flat()) {
      line.socket.isCut = true;
      if (!line.isWelcome) this.unwelcome.push(line.socket);
      this.#around.cluster.time.after(500, () => this.#closed(line), "world");
    }
  }

  get isOpen(): boolean {
    return this.line?.isCaughtUp === true;
  }

  #hear(line: Line, frame: ServerFrame): void {
    line.heardAt = this.#around.cluster.time.now;
    if ("mailbox" in frame && isGroup(frame.mailbox)) {
      if (this.groups.hear(frame, this, this.#around.witness)) this.#giveUp(line);
      return this.#later(RECEIPT_MS, line, () => this.#acknowledge(line));
    }
    switch (frame.t) {
      case "welcome":
        return void Object.assign(line, welcomed(frame, line.heardAt));
      case "event":
        return this.#event(line, frame);
      case "caughtUp":
        return this.#caughtUp(line, frame.seq);
      case "resync":
        return this.#resync(line, frame);
      case "follows":
        this.groups.follows(frame.mailboxes);
        return this.#acknowledge(line);
      case "sent":
      case "asked":
        return this.#sent(line, frame.cid);
      case "error":
        return this.#refused(line, frame);
      case "goaway":
        if (line === this.line && this.next === undefined) this.connect(line.socket);
        return;
      case "pong":
        return this.#pong(line, frame);
      default:
    }
  }

  #event(line: Line, frame: EventFrame): void {
    const { diary, id } = this;
    if (frame.seq <= diary.cursor) return diary.stand(frame);
    if (frame.prev > diary.cursor) {
      const words = `${id} stands at ${diary.cursor}, and is told what follows ${frame.prev}`;
      this.#around.witness.wrong("gap", words);
      return this.#giveUp(line);
    }
    const seen = diary.take(frame);
    if (seen !== undefined) this.letters.seen(seen);
    this.#pump();
    if (line.isCaughtUp) this.#later(RECEIPT_MS, line, () => this.#acknowledge(line));
  }

  #caughtUp(line: Line, seq: number): void {
    this.diary.cursor = Math.max(this.diary.cursor, seq);
    this.#around.witness.caughtUp(this, line.from, seq);
    this.#goOn(line);
  }

  /** The views are asked, which know the mailbox up to there. */
  #resync(line: Line, frame: Resync): void {
    const mailbox = this.#around.witness.resync(this, frame);
    for (const cid of this.diary.resync(frame, mailbox)) this.letters.seen(cid);
    this.#goOn(line);
  }

  #goOn(line: Line): void {
    line.isCaughtUp = true;
    if (line === this.line) this.#died = undefined;
    if (line === this.next) {
      const old = this.line;
      this.line = line;
      this.next = undefined;
      if (old !== undefined)
        this.#around.cluster.time.after(LEAVE_MS, () => old.socket.leave(), "world");
    }
    this.#later(10_000, line, () => (this.#attempt = 0));
    this.#pump();
    this.#acknowledge(line);
  }

  #sent(line: Line, cid: string): void {
    this.#around.witness.acks(cid);
    this.letters.answered(cid);
    if (line === this.line) this.#pump();
  }

  /** Refused for now, it is said again: a send, or, by the name of its peer, a receipt. */
  #refused(line: Line, frame: ErrorFrame): void {
    const { code, cid, ref, retryable, retryAfterMs = 1_000 } = frame;
    // Somebody who is out of a group has no receipts for it.
    if (code === "not_found" && isGroup(`${ref}`)) return;
    if (!retryable)
      return this.#around.witness.wrong("refused", `${this.id} is refused for good: ${code}`);
    this.#later(retryAfterMs, line, () => {
      if (ref !== undefined) line.told.delete(`${ref}`);
      if (cid !== undefined) this.letters.again(cid);
      this.#acknowledge(line);
      this.#pump();
    });
  }

  #pong(line: Line, { head, heads = {} }: Pong): void {
    if (!line.isCaughtUp) return;
    const { cluster, witness } = this.#around;
    this.#later(AHEAD_MS, line, () => this.groups.isBehind(heads) && this.#giveUp(line));
    if (head === undefined) return;
    witness.head(this, head);
    if (lacks(line, head, this.diary.cursor, cluster.time.now)) this.#giveUp(line);
  }

  #pump(): void {
    const { line } = this;
    if (line?.isCaughtUp !== true) return;
    for (const frame of this.letters.due(line)) line.socket.say(frame);
  }

  #acknowledge(line: Line): void {
    if (line !== this.line || !line.isCaughtUp) return;
    for (const [peer, upTo] of [...this.diary.due(line.told), ...this.groups.due(line.told)]) {
      line.told.set(peer, upTo);
      const t = this.#around.cluster.random() < 0.3 ? "read" : "delivered";
      line.socket.say({ t, peer, upTo, ref: peer });
    }
  }

  #beat(line: Line): void {
    const { time } = this.#around.cluster;
    if (line.socket.isDead) return line.socket.reset();
    if (time.now - line.heardAt > SILENT_MS) return this.#giveUp(line);
    line.socket.say({ t: "ping" });
    this.#later(HEARTBEAT_MS, line, () => this.#beat(line));
  }

  #giveUp(line: Line): void {
    line.socket.leave();
    this.#closed(line);
  }

  #closed(line: Line, code = NO_WORD): void {
    if (line === this.next) {
      this.next = undefined;
      if (this.line !== undefined) this.#again(this.line.socket);
      return;
    }
    if (line !== this.line) return;
    const { isWelcome, sessionId, resume } = line;
    if (isWelcome && code === NO_WORD) this.#died = { sessionId, resume };
    this.line = this.next;
    this.next = undefined;
    if (this.line === undefined) this.#again();
  }

  #again(beside?: SimulatedSocket): void {
    const { time, random } = this.#around.cluster;
    // Without a network it does not try, and as soon as it has one it does.
    const cutMs = this.cutUntil - time.now;
    const ms = cutMs > 0 ? cutMs : 50 + random() * Math.min(AGAIN_MS, 500 * 2 ** this.#attempt++);
    const again = (): void => {
      if (this.line?.socket === beside && this.next === undefined) this.connect(beside);
    };
    time.after(ms, again, "world");
  }

  #later(ms: number, line: Line, run: () => unknown): void {
    this.#around.cluster.time.after(
      ms,
      () => (line === this.line || line === this.next) && run(),
      "world",
    );
  }
}
