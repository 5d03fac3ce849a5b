import { randomBytes } from "node:crypto";
import type { Socket as Tcp } from "node:net";
import type { CloseReason } from "../../events/session.ts";
import { CLOSES, type CloseName, type Rejection } from "../../protocol/codes.ts";
import type { ClientFrame, ServerFrame } from "../../protocol/frames/frame.ts";
import { parseFrame } from "../../protocol/parse.ts";
import { filled, filledTo, reaches, routed, type Cursor, type Move } from "../session/cursor.ts";
import { errorFrame } from "../../protocol/write.ts";
import { gather } from "./gather.ts";
import { REASONS } from "./reasons.ts";
import { greet } from "../session/greet.ts";
import { obey } from "../session/obey.ts";
import type { Identity } from "../ports.ts";
import { resume } from "../session/resume.ts";
import { greeted, step, strike, STRIKES_MAX, type Session } from "../session/session.ts";
import type { Shared } from "../session/shared.ts";
import type { Listener, Wire } from "./wire.ts";

/** Which of a client's frames an answer belongs to. */
interface Names {
  readonly ref?: string | number | undefined;
  readonly cid?: string | undefined;
}
/** So long a closing socket may take to read what was still on its way. */
const CLOSE_MS = 10_000;

/** One WebSocket: obeys its session's frames and forwards its user's mailbox. */
export class Socket implements Listener {
  readonly shared: Shared;
  readonly #ws: Wire;
  readonly #tcp: Tcp;
  readonly #address: string;
  readonly sessionId = randomBytes(12).toString("base64url");
  session: Session | undefined;
  cursor: Cursor = { seq: 0, head: 0, filling: true };
  closed = false;
  #greeting: "waiting" | "under way" | "over" = "waiting";
  #welcomed = false;
  expiresAt: number;
  heardAt: number;
  beatAt: number;

  constructor(ws: Wire, tcp: Tcp, shared: Shared, address: string) {
    this.#ws = ws;
    this.#tcp = tcp;
    this.shared = shared;
    this.#address = address;
    this.heardAt = shared.now();
    this.expiresAt = this.heardAt + shared.limits.helloMs;
    this.beatAt = this.heardAt + shared.limits.heartbeatMs;
    ws.tellTo(this);
  }

  pong(): void {
    this.heardAt = this.shared.now();
  }

  gone(code: number): void {
    this.#over(code === 1009 || code === 1007 ? "refused" : "left");
    this.shared.gone(this);
  }

  failed({ message }: Error): void {
    this.shared.log.debug({ reason: message }, "socket error");
  }

  /** Sends one frame; a socket that does not read is cut off at the limit. */
  tell(frame: string): void {
    if (this.closed) return;
    gather(this.#tcp);
    this.#ws.send(frame);
    if (this.#ws.bufferedAmount > this.shared.limits.queueBytes) this.close("slow");
  }

  /** A signal that is in no mailbox: who is not welcome yet does without. */
  signal(frame: string): void {
    if (this.#welcomed) this.tell(frame);
  }

  /** Resolves when little waits to be read; history is sent no faster than it is read. */
  async room(): Promise<void> {
    const most = this.shared.limits.queueBytes / 4;
    while (!this.closed && this.#ws.bufferedAmount > most)
      await new Promise((go) => setTimeout(go, 5));
  }

  say(frame: ServerFrame): void {
    this.tell(JSON.stringify(frame));
  }

  refuse(rejection: Rejection, { ref, cid }: Names = {}): void {
    this.say(
      errorFrame(rejection, {
        ...(ref !== undefined && { ref }),
        ...(cid !== undefined && { cid }),
      }),
    );
  }

  /** A live entry of the mailbox. */
  routed(seq: number, prev: number, frame: string): void {
    const [cursor, move] = routed(this.cursor, seq, prev);
    this.cursor = cursor;
    if (move === "forward") this.tell(frame);
    else this.#follow(move);
  }

  /** The mailbox is known to reach `head`. */
  reaches(head: number): void {
    const [cursor, move] = reaches(this.cursor, head);
    this.cursor = cursor;
    this.#follow(move);
  }

  /** The broker was away: whatever was stored meanwhile is read from the log. */
  async refill(): Promise<void> {
    const { session, shared } = this;
    if (session === undefined) return;
    try {
      this.reaches(await shared.world.head(session.user));
    } catch (error) {
      shared.log.warn({ error }, "mailbox not read; the client comes back");
      this.close("resync");
    }
  }

  forward(seq: number, frame: string): void {
    this.tell(frame);
    this.cursor = filledTo(this.cursor, seq);
  }

  /** The log was read up to `upTo`. Returns how far to read next, or nothing. */
  filled(upTo: number): number | undefined {
    const [cursor, move] = filled(this.cursor, upTo);
    this.cursor = cursor;
    return move === "fill" ? cursor.head : undefined;
  }

  #follow(move: Move): void {
    if (move === "fill") void resume(this, this.cursor.head);
  }

  beat(now: number): void {
    this.beatAt = now + this.shared.limits.heartbeatMs;
    if (this.#welcomed) this.say({ t: "pong", head: this.cursor.head });
    this.#ws.ping();
  }

  close(name: CloseName): void {
    if (this.closed) return;
    const { code, reason } = CLOSES[name];
    this.#ws.close(code, reason);
    const timer = setTimeout(() => this.#ws.terminate(), CLOSE_MS);
    this.#ws.once("close", () => clearTimeout(timer));
    this.#over(REASONS[name]);
  }

  terminate(): void {
    this.#ws.terminate();
  }

  /** Every session that was opened is closed in the mailbox, once. */
  #over(reason: CloseReason): void {
    if (this.closed) return;
    this.closed = true;
    const { shared, session, sessionId } = this;
    if (this.#greeting !== "over") shared.greeted(this.#address);
    if (session === undefined) return;
    shared.sessions.delete(sessionId);
    shared.people.leave(session.user);
    for (const user of session.watched) shared.presence.unwatch(user, this);
    const fact = { type: "SessionClosed", sessionId, reason } as const;
    // On the lane of its opening, so behind it.
    shared.world
      .state(session.user, sessionId, fact)
      .catch((error: unknown) =>
        shared.log.warn({ error }, "end of session not stored; its actor closes it"),
      );
  }

  message(data: Buffer, isBinary: boolean): void {
    if (this.closed) return;
    const now = this.shared.now();
    this.heardAt = now;
    if (isBinary) return this.#bad({ code: "frame.binary" });
    const parsed = parseFrame(data.toString("utf8"));
    if ("rejection" in parsed) return this.#bad(parsed.rejection, parsed.names);
    const { frame } = parsed;
    if (this.session !== undefined && this.#welcomed) return this.#frame(this.session, frame, now);
    if (frame.t !== "hello" || this.#greeting !== "waiting")
      return this.#bad({ code: "op.out_of_order", field: "t" }, { ref: frame.ref });
    this.#greeting = "under way";
    void greet(this, frame);
  }

  #frame(session: Session, frame: ClientFrame, now: number): void {
    const { people, limits } = this.shared;
    const waitMs = frame.t === "send" ? people.send(session.user, now) : 0;
    const [next, effects] = step(session, frame, now, limits, waitMs);
    this.session = next;
    obey(this, frame, effects);
    if (next.strikes < STRIKES_MAX) return;
    const [last] = effects;
    const tooFast = last?.do === "refuse" && last.rejection.code === "rate_limited";
    this.close(tooFast ? "tooMany" : "abuse");
  }

  #bad(rejection: Rejection, names: Names = {}): void {
    this.refuse(rejection, names);
    if (this.session === undefined || !this.#welcomed) {
      // Nothing is owed to somebody who has not said who they are, or does not wait for the answer.
      this.close("refused");
    } else {
      this.session = strike(this.session);
      if (this.session.strikes >= STRIKES_MAX) this.close("abuse");
    }
  }

  /** From here on the client may say what it likes. */
  welcome(frame: Extract<ServerFrame, { t: "welcome" }>): void {
    this.#welcomed = true;
    this.say(frame);
  }

  /** The session of an accepted hello begins; resolves with the seq of its opening. */
  begin({ user, expiresAt }: Identity, deviceId: string): Promise<number> {
    const { world, sessions } = this.shared;
    const { sessionId } = this;
    this.session = greeted(user, deviceId);
    this.#greeting = "over";
    this.shared.greeted(this.#address);
    this.expiresAt = expiresAt;
    sessions.set(sessionId, this);
    const { gatewayId } = world;
    const fact = { type: "SessionOpened", sessionId, gatewayId, deviceId } as const;
    return world.state(user, sessionId, fact);
  }
}
