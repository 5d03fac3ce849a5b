import type { WebSocketLike } from "../../src/client/api.ts";
import type { Fact } from "../../src/events/fact.ts";
import type { ClientFrame, ServerFrame } from "../../src/protocol/frames/frame.ts";
import type { Entry } from "./log.ts";
import type { ModelGroups } from "./groups.ts";
import { ModelGate, type Storing } from "./gate.ts";
import { LIMITS } from "./limits.ts";

/** On the wire, one way. */
const LATENCY_MS = 2;

/** A token is its user's name, and what makes it unlike another one behind a dot. */
const userOf = (token: string): string => token.split(".")[0] ?? "";

/** The server, as a socket needs it. */
export interface Serving extends Storing {
  readonly sockets: Set<ModelSocket>;
  readonly heard: ClientFrame[];
  readonly gapMax: number;
  onHeard(frame: ClientFrame): void;
  onDialled(): void;
  goingAway: number;
  readonly refusals: {
    t: ClientFrame["t"];
    code: string;
    retryable: boolean;
    retryAfterMs?: number;
  }[];
  readonly down: boolean;
  accepts(token: string): boolean;
  readonly tokenMs: number;
  sessions: number;
  of(user: string): ModelSocket[];
  readonly groups: ModelGroups;
}

/** A socket of the model's server, as the client holds it. */
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
  readonly #server: Serving;
  readonly gate: ModelGate;
  #closed = false;
  readonly #heartbeat: ReturnType<typeof setInterval>;
  #end: ReturnType<typeof setTimeout> | undefined;

  constructor(server: Serving) {
    this.#server = server;
    this.gate = new ModelGate(
      server,
      (frame) => this.tell(frame),
      () => this.#others().flatMap(({ gate }) => [...gate.unanswered]),
    );
    this.#heartbeat = setInterval(() => this.#beat(), LIMITS.heartbeatMs);
    server.onDialled();
    setTimeout(() => (server.down ? this.cut(1006) : this.onopen?.()), LATENCY_MS);
  }

  send(text: string): void {
    setTimeout(() => {
      if (this.#closed || this.dead) return;
      const frame = JSON.parse(text) as ClientFrame;
      this.#server.heard.push(frame);
      this.#server.onHeard(frame);
      if (frame.t === "hello") this.#greet(frame);
      else if (this.user !== undefined && !this.#refuses(frame)) this.#take(this.user, frame);
    }, LATENCY_MS);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#end);
    this.#server.sockets.delete(this);
  }

  cut(code: number, reason = ""): void {
    if (this.#closed) return;
    this.close();
    this.onclose?.({ code, reason });
  }

  event({ owner, seq, at, generation, event }: Entry, prev: number): void {
    const of = generation === 0 ? {} : { generation };
    this.tell({ t: "event", mailbox: owner, seq, prev, ...of, at, event });
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

  #others(): ModelSocket[] {
    return this.#server.of(this.user ?? "").filter((socket) => socket !== this);
  }

  #refuses(frame: ClientFrame): boolean {
    const { refusals } = this.#server;
    const refusal = refusals.find(({ t }) => t === frame.t);
    if (refusal === undefined) return false;
    refusals.splice(refusals.indexOf(refusal), 1);
    const cid = frame.t === "send" || frame.t === "ask" ? { cid: frame.cid } : {};
    const ref = frame.ref === undefined ? {} : { ref: frame.ref };
    this.tell({ ...refusal, t: "error", message: refusal.code, ...cid, ...ref });
    return true;
  }

  #take(user: string, frame: ClientFrame): void {
    const { log, groups } = this.#server;
    if (groups.sockets.takes(this, user, frame)) return;
    switch (frame.t) {
      case "send":
        return this.gate.take(user, frame);
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
          result: log.chats(user, frame, groups.rows(user)),
        });
      case "history": {
        const result = log.history(user, frame);
        return this.tell({ t: "reply", view: "history", ref: frame.ref!, seq: log.seq, result });
      }
      case "ping":
        return this.#beat();
      case "refresh":
        return this.#refresh(frame);
    }
  }

  /** From now on as long as a token does. */
  #last(): number {
    const { tokenMs } = this.#server;
    clearTimeout(this.#end);
    this.#end = setTimeout(() => this.cut(4403), Math.min(tokenMs, 2 ** 31 - 1));
    return tokenMs;
  }

  #refresh({ token, ref = "" }: Extract<ClientFrame, { t: "refresh" }>): void {
    const refused = { t: "error", message: "", ref } as const;
    if (!this.#server.accepts(token))
      this.tell({ ...refused, code: "auth.invalid_token", retryable: true });
    else if (userOf(token) !== this.user)
      this.tell({ ...refused, code: "auth.other_user", retryable: false });
    else this.tell({ t: "refreshed", expiresInMs: this.#last(), ref });
  }

  #beat(): void {
    const newest = this.#server.log.mailbox(this.user ?? "").at(-1);
    this.tell({ t: "pong", head: newest?.seq ?? 0, ...this.#server.groups.sockets.heads(this) });
  }

  #greet(hello: Extract<ClientFrame, { t: "hello" }>): void {
    if (!this.#refuses(hello)) this.#hello(hello);
    else setTimeout(() => this.cut(4429), LATENCY_MS + 1);
  }

  #hello({ token, since }: Extract<ClientFrame, { t: "hello" }>): void {
    const server = this.#server;
    if (!server.accepts(token)) {
      this.tell({ t: "error", code: "auth.invalid_token", message: "", retryable: true });
      setTimeout(() => this.cut(4402), LATENCY_MS);
      return;
    }
    const user = userOf(token);
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
    const sessionId = `s${++server.sessions}`;
    const ids = { sessionId, gatewayId: "g", deviceId: "d" };
    const head = server.store(user, { type: "SessionOpened", ...ids });
    this.user = user;
    server.sockets.add(this);
    this.tell({
      t: "welcome",
      sessionId,
      resume: `secret of ${sessionId}`,
      user,
      head,
      epoch,
      expiresInMs: this.#last(),
      limits: LIMITS,
    });
    if (server.goingAway-- > 0) this.tell({ t: "goaway", withinMs: 60_000 });
    const missed = server.log.mailbox(user).filter(({ seq }) => seq > from);
    const reason =
      (cursor && cursor.epoch !== epoch && "epoch") ||
      (cursor && from > 0 && server.log.isVoid(cursor) && "rolled-back") ||
      (missed.length > server.gapMax && "too-long") ||
      undefined;
    if (reason) {
      this.tell({ t: "resync", mailbox: user, epoch, seq: head, reason });
      for (const entry of server.log.mailbox(user).slice(-1)) this.event(entry, head - 1);
      return server.groups.sockets.greet(this, user, since);
    }
    for (const entry of missed) {
      this.event(entry, prev);
      prev = entry.seq;
    }
    this.tell({ t: "caughtUp", mailbox: user, seq: head });
    server.groups.sockets.greet(this, user, since);
  }
}
