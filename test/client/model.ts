import type { WebSocketLike } from "../../src/client/api.ts";
import type { Copy } from "../../src/events/copy.ts";
import type { Fact } from "../../src/events/fact.ts";
import type { ClientFrame, ServerFrame } from "../../src/protocol/frames/frame.ts";
import type { Limits } from "../../src/protocol/frames/hello.ts";
import { ModelLog } from "./log.ts";

const LIMITS: Limits = {
  frameBytes: 69_632,
  codePoints: 16_384,
  sendsPerSecond: 20,
  sendsBurst: 40,
  framesPerSecond: 100,
  typingPerSecond: 1,
  watches: 500,
  heartbeatMs: 25_000,
  idleMs: 60_000,
  onlineMs: 20_000,
};
/** On the wire, one way. */
const LATENCY_MS = 2;

/** A server in memory that follows the protocol to the letter, and breaks what it is told to. */
export class ModelServer {
  readonly log = new ModelLog();
  readonly sockets = new Set<ModelSocket>();
  /** Frames as they came from clients. */
  readonly heard: ClientFrame[] = [];
  /** A longer gap is answered with `resync`. */
  gapMax = 5000;
  /** What the next frames of a type are refused with. */
  refusals: { t: ClientFrame["t"]; code: string; retryable: boolean; retryAfterMs?: number }[] = [];
  /** The broker still knows the ids of what was stored, and stores nothing twice. */
  window = true;
  /** Nobody can connect. */
  down = false;

  /** The class that a client opens its sockets with. */
  socket(): new (url: string) => WebSocketLike {
    // oxlint-disable-next-line typescript/no-this-alias -- a class expression has a `this` of its own
    const server = this;
    return class extends ModelSocket {
      constructor(_url: string) {
        super(server);
      }
    };
  }

  of(user: string): ModelSocket[] {
    return [...this.sockets].filter((socket) => socket.user === user);
  }

  /** Ends a user's sockets; what is on the way is lost. */
  cut(user: string, code = 1006): void {
    for (const socket of this.of(user)) socket.cut(code);
  }

  rollBack(entries: number): void {
    this.log.rollBack(entries);
    for (const socket of this.sockets) socket.cut(4410);
  }

  /** Stores an event, routes it and does what the actors do. Returns its seq. */
  store(owner: string, event: Fact | Copy): number {
    const fact = !("cause" in event);
    const repeat = fact && event.type === "MessageSent" && this.log.repeats(owner, event.cid);
    const prev = this.log.mailbox(owner).at(-1)?.seq ?? 0;
    const { seq } = this.log.append(owner, event);
    const frame = { t: "event", mailbox: owner, seq, prev, at: seq, event } as const;
    for (const socket of this.of(owner)) socket.tell(frame);
    if (fact && !repeat) this.#copy(owner, seq, event);
    return seq;
  }

  #copy(owner: string, seq: number, event: Fact): void {
    if (event.type === "MessageSent") {
      const { device: _, replaces: _again, ...told } = event;
      this.store(event.to, { ...told, cause: seq, position: seq, sentAt: seq });
    }
    if (event.type !== "MessageDelivered" && event.type !== "MessageRead") return;
    const row = this.log.chat(owner, event.peer);
    if (row === undefined) return;
    const { author, peer } = event;
    const { delivered, read } = row;
    if (read >= delivered)
      this.store(peer, { type: "MessageRead", author, peer, upTo: read, cause: seq });
    else
      this.store(peer, {
        type: "MessageDelivered",
        author,
        peer,
        upTo: delivered,
        read,
        cause: seq,
      });
  }
}

export class ModelSocket implements WebSocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  user: string | undefined;
  /** Looks open, carries nothing. */
  dead = false;
  /** Events that will be lost on the way to this socket. */
  losses = 0;
  readonly #server: ModelServer;
  #closed = false;
  readonly #heartbeat: ReturnType<typeof setInterval>;

  constructor(server: ModelServer) {
    this.#server = server;
    this.#heartbeat = setInterval(() => this.#beat(), LIMITS.heartbeatMs);
    setTimeout(() => (server.down ? this.cut(1006) : this.onopen?.()), LATENCY_MS);
  }

  send(text: string): void {
    setTimeout(() => {
      if (this.#closed || this.dead) return;
      const frame = JSON.parse(text) as ClientFrame;
      this.#server.heard.push(frame);
      if (frame.t === "hello") this.#hello(frame);
      else if (this.user !== undefined && !this.#refuses(frame)) this.#take(this.user, frame);
    }, LATENCY_MS);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    this.#server.sockets.delete(this);
  }

  cut(code: number, reason = ""): void {
    if (this.#closed) return;
    this.close();
    this.onclose?.({ code, reason });
  }

  tell(frame: ServerFrame): void {
    if (frame.t === "event" && this.losses > 0) {
      this.losses--;
      return;
    }
    const data = JSON.stringify(frame);
    setTimeout(() => {
      if (!this.#closed && !this.dead) this.onmessage?.({ data });
    }, LATENCY_MS);
  }

  #refuses(frame: ClientFrame): boolean {
    const { refusals } = this.#server;
    const refusal = refusals.find(({ t }) => t === frame.t);
    if (refusal === undefined) return false;
    refusals.splice(refusals.indexOf(refusal), 1);
    const cid = frame.t === "send" ? { cid: frame.cid } : {};
    const ref = frame.ref === undefined ? {} : { ref: frame.ref };
    this.tell({ ...refusal, t: "error", message: refusal.code, ...cid, ...ref });
    return true;
  }

  #take(user: string, frame: ClientFrame): void {
    const { log } = this.#server;
    switch (frame.t) {
      case "send":
        return this.#send(user, frame);
      case "delivered":
      case "read": {
        const { peer, upTo } = frame;
        const said = { author: user, peer, device: "d", upTo };
        const event: Fact =
          frame.t === "read"
            ? { type: "MessageRead", ...said }
            : { type: "MessageDelivered", ...said };
        return void this.#server.store(user, event);
      }
      case "typing":
        for (const socket of this.#server.of(frame.peer)) socket.tell({ t: "typing", peer: user });
        return;
      case "watch":
        for (const name of frame.users) this.tell({ t: "presence", user: name, online: true });
        return;
      case "chats":
        return this.tell({
          t: "reply",
          view: "chats",
          ref: frame.ref!,
          seq: log.seq,
          result: log.chats(user, frame),
        });
      case "history": {
        const result = log.history(user, frame);
        return this.tell({ t: "reply", view: "history", ref: frame.ref!, seq: log.seq, result });
      }
      case "ping":
        return this.#beat();
    }
  }

  #beat(): void {
    const newest = this.#server.log.mailbox(this.user ?? "").at(-1);
    this.tell({ t: "pong", head: newest?.seq ?? 0 });
  }

  #send(user: string, { cid, to, body }: Extract<ClientFrame, { t: "send" }>): void {
    const known = this.#server.window && this.#server.log.rows(user).find((row) => row.cid === cid);
    const fact = { type: "MessageSent", author: user, to, device: "d", cid, body } as const;
    const seq = known ? known.seq : this.#server.store(user, fact);
    this.tell({ t: "sent", cid, id: `${user}:${seq}`, seq, durability: "stored" });
  }

  /** The token is the user's name. */
  #hello({ token: user, since }: Extract<ClientFrame, { t: "hello" }>): void {
    const server = this.#server;
    const { epoch } = server.log;
    const cursor = since?.find(({ mailbox }) => mailbox === user);
    if (since && !cursor) {
      const refusal = {
        code: "not_found",
        message: "",
        retryable: false,
        field: "since.0.mailbox",
      };
      this.tell({ t: "error", ...refusal });
      setTimeout(() => this.cut(4501), LATENCY_MS);
      return;
    }
    const from = cursor?.seq ?? 0;
    let prev = server.log.mailbox(user).findLast(({ seq }) => seq <= from)?.seq ?? 0;
    const ids = { sessionId: "s", gatewayId: "g", deviceId: "d" };
    const head = server.store(user, { type: "SessionOpened", ...ids });
    this.user = user;
    server.sockets.add(this);
    this.tell({ t: "welcome", sessionId: "s", user, head, epoch, limits: LIMITS });
    const missed = server.log.mailbox(user).filter(({ seq }) => seq > from);
    const reason =
      (cursor && cursor.epoch !== epoch && "epoch") ||
      (missed.length > server.gapMax && "too-long") ||
      undefined;
    if (reason) return this.tell({ t: "resync", mailbox: user, epoch, seq: head, reason });
    for (const { seq, event } of missed) {
      this.tell({ t: "event", mailbox: user, seq, prev, at: seq, event });
      prev = seq;
    }
    this.tell({ t: "caughtUp", mailbox: user, seq: head });
  }
}
