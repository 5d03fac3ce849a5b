import type { ServerFrame } from "../../src/protocol/frames/frame.ts";
import type { ErrorFrame } from "../../src/protocol/frames/error.ts";
import type { EventFrame, Resync } from "../../src/protocol/frames/mailbox.ts";
import type { Cluster } from "./cluster.ts";
import { Diary } from "./diary.ts";
import { Letters } from "./letters.ts";
import { lacks, lineOver, welcomed, type Line, type Witness } from "./line.ts";
import { HEARTBEAT_MS, type GatewayMachine } from "./machines.ts";
import { SimulatedSocket } from "./socket.ts";

/** Without an answer to a hello the device tries elsewhere. */
const HELLO_MS = 3_000;
/** Nothing was heard for so long, though a sign of life was asked for. */
const SILENT_MS = 12_000;
const RECEIPT_MS = 100;
/** The longest wait before it tries again: a real client's is 20 s, longer than a run is quiet. */
const AGAIN_MS = 4_000;
/** The code of a socket that ended without a word of the server. */
const NO_WORD = 1006;
/** The old socket is kept so long behind a move. */
const LEAVE_MS = 2_000;

/** A device that follows docs/protocol.md, "Rules for a client", as far as they are about the cursor, sends and receipts. */
export class Device {
  readonly user: string;
  readonly id: string;
  readonly diary = new Diary();
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
  readonly #cluster: Cluster;
  readonly #gateways: readonly GatewayMachine[];
  readonly #witness: Witness;

  constructor(
    user: string,
    id: string,
    parts: { cluster: Cluster; gateways: readonly GatewayMachine[]; witness: Witness },
  ) {
    this.user = user;
    this.id = id;
    this.letters = new Letters(id);
    this.#cluster = parts.cluster;
    this.#gateways = parts.gateways;
    this.#witness = parts.witness;
  }

  /** Opens a socket, at any gateway that the balancer has. */
  connect(beside?: SimulatedSocket): void {
    const { time } = this.#cluster;
    const ready = this.#gateways.filter((each) => each.isReady && each !== beside?.gateway);
    const gateway = ready[this.#cluster.below(ready.length)];
    if (gateway === undefined || this.cutUntil > time.now) return this.#again(beside);
    const ear = {
      hear: (text: string) => this.#hear(line, JSON.parse(text) as ServerFrame),
      closed: (code: number) => this.#closed(line, code),
    };
    const socket = new SimulatedSocket(this.#cluster, gateway, ear);
    const line: Line = lineOver(socket, time.now, this.diary.cursor);
    if (beside === undefined) this.line = line;
    else this.next = line;
    const { epoch, cursor: seq, on } = this.diary;
    const since = { mailbox: this.user, epoch, seq, ...(on && { on }) };
    const replaces = beside === undefined && this.#died !== undefined && { replaces: this.#died };
    socket.say({ t: "hello", token: this.user, deviceId: this.id, since: [since], ...replaces });
    this.#later(HELLO_MS, line, () => line.isWelcome || this.#giveUp(line));
    this.#later(HEARTBEAT_MS, line, () => this.#beat(line));
  }

  write(to: string): void {
    this.letters.write(to);
    this.#pump();
  }

  /** Its own link is down until then: nothing of its sockets comes through any more. */
  cut(until: number): void {
    this.cutUntil = until;
    for (const line of [this.line ?? [], this.next ?? []].flat()) {
      line.socket.isCut = true;
      if (!line.isWelcome) this.unwelcome.push(line.socket);
      this.#cluster.time.after(500, () => this.#closed(line), "world");
    }
  }

  get isOpen(): boolean {
    return this.line?.isCaughtUp === true;
  }

  #hear(line: Line, frame: ServerFrame): void {
    line.heardAt = this.#cluster.time.now;
    switch (frame.t) {
      case "welcome":
        return void Object.assign(line, welcomed(frame, line.heardAt));
      case "event":
        return this.#event(line, frame);
      case "caughtUp":
        return this.#caughtUp(line, frame.seq);
      case "resync":
        return this.#resync(line, frame);
      case "sent":
        return this.#sent(line, frame.cid);
      case "error":
        return this.#refused(line, frame);
      case "goaway":
        if (line === this.line && this.next === undefined) this.connect(line.socket);
        return;
      case "pong":
        return this.#pong(line, frame.head);
      default:
    }
  }

  #event(line: Line, frame: EventFrame): void {
    const { diary } = this;
    if (frame.seq <= diary.cursor) return diary.stand(frame);
    if (frame.prev > diary.cursor) {
      const words = `${this.id} stands at ${diary.cursor}, and is told what follows ${frame.prev}`;
      this.#witness.wrong("gap", words);
      return this.#giveUp(line);
    }
    const seen = diary.take(frame);
    if (seen !== undefined) this.letters.seen(seen);
    this.#pump();
    if (line.isCaughtUp) this.#later(RECEIPT_MS, line, () => this.#acknowledge(line));
  }

  #caughtUp(line: Line, seq: number): void {
    this.diary.cursor = Math.max(this.diary.cursor, seq);
    this.#witness.caughtUp(this, line.from, seq);
    this.#goOn(line);
  }

  /** The views are asked, which know the mailbox up to there. */
  #resync(line: Line, frame: Resync): void {
    const mailbox = this.#witness.resync(this, frame);
    for (const cid of this.diary.resync(frame, mailbox)) this.letters.seen(cid);
    this.#goOn(line);
  }

  /** The line is caught up. */
  #goOn(line: Line): void {
    line.isCaughtUp = true;
    if (line === this.line) this.#died = undefined;
    if (line === this.next) {
      const old = this.line;
      this.line = line;
      this.next = undefined;
      if (old !== undefined) this.#cluster.time.after(LEAVE_MS, () => old.socket.leave(), "world");
    }
    this.#later(10_000, line, () => (this.#attempt = 0));
    this.#pump();
    this.#acknowledge(line);
  }

  #sent(line: Line, cid: string): void {
    this.#witness.acks(cid);
    this.letters.answered(cid);
    if (line === this.line) this.#pump();
  }

  /** Refused for now, it is said again: a send, or, by the name of its peer, a receipt. */
  #refused(line: Line, frame: ErrorFrame): void {
    const { code, cid, ref, retryable, retryAfterMs = 1_000 } = frame;
    if (!retryable)
      return this.#witness.wrong("refused", `${this.id} is refused for good: ${code}`);
    this.#later(retryAfterMs, line, () => {
      if (ref !== undefined) line.told.delete(`${ref}`);
      if (cid !== undefined) this.letters.again(cid);
      this.#acknowledge(line);
      this.#pump();
    });
  }

  #pong(line: Line, head: number | undefined): void {
    if (head === undefined || !line.isCaughtUp) return;
    this.#witness.head(this, head);
    if (lacks(line, head, this.diary.cursor, this.#cluster.time.now)) this.#giveUp(line);
  }

  #pump(): void {
    const { line } = this;
    if (line?.isCaughtUp !== true) return;
    for (const letter of this.letters.due(line)) line.socket.say({ t: "send", ...letter });
  }

  #acknowledge(line: Line): void {
    if (line !== this.line) return;
    for (const [peer, upTo] of this.diary.due(line.told)) {
      line.told.set(peer, upTo);
      const t = this.#cluster.random() < 0.3 ? "read" : "delivered";
      line.socket.say({ t, peer, upTo, ref: peer });
    }
  }

  #beat(line: Line): void {
    const { time } = this.#cluster;
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
    const { time, random } = this.#cluster;
    // Without a network it does not try, and as soon as it has one it does.
    const cutMs = this.cutUntil - time.now;
    const ms = cutMs > 0 ? cutMs : 50 + random() * Math.min(AGAIN_MS, 500 * 2 ** this.#attempt++);
    const again = (): void => {
      if (this.line?.socket === beside && this.next === undefined) this.connect(beside);
    };
    time.after(ms, again, "world");
  }

  #later(ms: number, line: Line, run: () => unknown): void {
    this.#cluster.time.after(
      ms,
      () => (line === this.line || line === this.next) && run(),
      "world",
    );
  }
}
