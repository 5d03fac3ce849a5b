import type { ClientFrame, ServerFrame } from "../../protocol/frames/frame.ts";
import type { Hello, Limits } from "../../protocol/frames/hello.ts";
import type { ClientOptions, Connectivity, ConnectionState } from "../api.ts";
import { IDLE, isFinal, shownAs, step, type Effect, type Happening } from "./connection.ts";
import { hookUp } from "./hints.ts";
import { isForeign } from "./foreign.ts";
import { CUT_OFF, Carrier, webSocketOf } from "./carrier.ts";
import { Parting, type Creditor } from "./parting.ts";
import { Renewal } from "./renewal.ts";
import { OTHER_USER, Tokens } from "./tokens.ts";

/** A socket that the client itself has left. */
const LEFT = 1000;

export interface LinkPorts {
  options: ClientOptions;
  /** In [0, 1). */
  random(): number;
  /** ms since 1970. */
  now(): number;
  /** ms by a clock that nobody sets. */
  elapsed(): number;
  /** Does a session take the place of the one before, whose socket was cut? */
  replaces: boolean;
  /** All that `hello` says besides the token and the session it replaces. */
  hello(): Promise<Pick<Hello, "deviceId" | "since">>;
  frame(frame: ServerFrame): void;
  /** An answer of the views is under way. */
  asking(): boolean;
  /** The connection is gone: no answer will come. `refusal`: the code of what it was closed for. */
  lost(refusal?: string): void;
  changed(): void;
}

/**
 * Keeps a connection: runs what {@link step} decides, with real sockets, timers and tokens. It is one socket, but while its
 * server goes away: then a second one is opened, and the first one left when that has caught up (docs/adr/0032).
 */
export class Link {
  readonly #ports: LinkPorts;
  #link = IDLE;
  /** The socket in use … */
  #carrier: Carrier | undefined;
  /** … and the one that is to take its place. */
  #next: Carrier | undefined;
  readonly #parting = new Parting();
  /** The socket whose frame is being taken. */
  #speaking: Carrier | undefined;
  readonly #tokens: Tokens;
  readonly #renewal: Renewal;
  #due: ReturnType<typeof setTimeout> | undefined;
  /** The session of a socket that ended without a word of the server: it may look open there. */
  #orphan: Hello["replaces"];
  #unhook: (() => void) | undefined;
  /** The connection as a person sees it. */
  connection: Connectivity = { state: "idle" };

  constructor(ports: LinkPorts) {
    this.#ports = ports;
    this.#tokens = new Tokens((request) => ports.options.getToken(request));
    this.#renewal = new Renewal({
      ...ports,
      tokens: this.#tokens,
      send: (frame) => this.send(frame),
      over: (error) => this.#carrier?.fail(error),
    });
  }

  get state(): ConnectionState {
    return this.#link.state;
  }
  /** Known from `welcome` until the socket is gone. */
  get limits(): Limits | undefined {
    return this.#carrier?.welcome?.limits;
  }

  /** @throws TypeError when there is no WebSocket to be had. */
  start(): void {
    webSocketOf(this.#ports.options);
    this.#tokens.accepted();
    this.#unhook ??= hookUp((happening) => this.#happen(happening));
    this.#happen({ type: "start" });
  }
  /** Ends it, for a reason that is shown. */
  stop(reason?: string): void {
    this.#happen({ type: "stop" }, reason);
  }
  synced(): void {
    this.#happen({ type: "synced" });
  }
  /** Gives the socket up whose frame is being taken, else the connection; the next one asks for what is missing. */
  restart(reason: string): void {
    const carrier = this.#speaking ?? this.#carrier;
    if (this.#speaking === undefined) this.#drop();
    if (carrier) this.#gone(carrier, CUT_OFF, reason);
  }
  /** Returns false when there is no socket to send on. */
  send(frame: ClientFrame): boolean {
    return this.#carrier?.send(frame) ?? false;
  }
  /** The newest seq that the server knows of, against what has arrived. `moved`: something just has. */
  compare(head: number, seq: number, moved: boolean): void {
    this.#carrier?.watchdog.compare(head, seq, moved);
  }
  /** The socket before this one is needed no longer than for what is owed on it. */
  leave(): void {
    this.#parting.leave();
  }
  /** These parts wait for answers, also on a socket that is being left. */
  owes(...parts: Creditor[]): void {
    this.#parting.parts = parts;
  }

  #happen(happening: Happening, reason?: string): void {
    const before = this.#link;
    const { elapsed, random } = this.#ports;
    const [next, effect] = step(before, happening, elapsed(), random());
    this.#link = next;
    if (effect) this.#run(effect);
    if (next.state === "closed") {
      this.#unhook?.();
      this.#unhook = undefined;
    }
    if (before.state !== next.state || before.offline !== next.offline)
      this.#tell(before.state === next.state, effect, reason);
  }

  /** `same`: of the same wait all the same holds. */
  #tell(same: boolean, effect: Effect | undefined, reason: string | undefined): void {
    const { now, options } = this.#ports;
    const retryAt = effect?.do === "wait" ? now() + effect.ms : undefined;
    this.connection = { ...(same && this.connection), ...shownAs(this.#link, retryAt, reason) };
    options.logger?.debug("connection", this.connection);
    this.#ports.changed();
  }

  #run(effect: Effect): void {
    if (effect.do === "probe") return this.#carrier?.watchdog.probe();
    clearTimeout(this.#due);
    switch (effect.do) {
      case "dial":
        this.#carrier = this.#dial();
        return;
      case "dialNext":
        this.#next = this.#dial();
        return;
      case "dropNext":
        return this.#drop();
      case "goOn":
        return this.#use(this.#next);
      case "hangUp":
        this.#drop();
        this.#release();
        return;
      case "wait":
        this.#due = setTimeout(() => this.#happen({ type: "due" }), effect.ms);
    }
  }

  #dial(): Carrier {
    const carrier = new Carrier({
      ...this.#ports,
      heard: (from, frame) => this.#heard(from, frame),
      gone: (...gone) => this.#gone(...gone),
    });
    void carrier.dial(this.#hello());
    return carrier;
  }

  async #hello(): Promise<Hello> {
    const [greeting, token] = await Promise.all([this.#ports.hello(), this.#tokens.ask()]);
    return { t: "hello", token, ...greeting, ...(this.#orphan && { replaces: this.#orphan }) };
  }

  #heard(carrier: Carrier, frame: ServerFrame): void {
    if (this.#link.offline) this.#happen({ type: "heard" });
    if (isForeign(frame, this.#ports.options.user)) return this.#gone(carrier, CUT_OFF, OTHER_USER);
    carrier.note(frame);
    if (frame.t === "welcome") this.#orphan = undefined;
    if (carrier === this.#carrier) this.#noted(frame);
    if (carrier === this.#next && !this.#isTaken(carrier, frame)) return;
    this.#speaking = carrier;
    this.#ports.frame(frame);
    this.#speaking = undefined;
    this.#parting.settle();
  }

  /** The link's own affairs. */
  #noted(frame: ServerFrame): void {
    if (frame.t === "error") this.#renewal.refused(frame);
    if (frame.t === "welcome" || frame.t === "refreshed") this.#renewal.start(frame.expiresInMs);
    if (frame.t === "goaway") this.#happen({ type: "goaway", withinMs: frame.withinMs });
    if (frame.t === "stay") this.#happen({ type: "stay" });
  }

  /** Is it a frame of the same mailbox that the socket in use follows? Of all else that one tells. */
  #isTaken(next: Carrier, frame: ServerFrame): boolean {
    const { user, epoch } = this.#carrier?.welcome ?? {};
    const isOther = frame.t === "welcome" && (frame.user !== user || frame.epoch !== epoch);
    if (isOther || frame.t === "resync") this.#gone(next, LEFT, "another log");
    else if (frame.t === "caughtUp") this.#move(next);
    return !next.isOver && ["welcome", "event", "caughtUp"].includes(frame.t);
  }

  /** The next socket has caught up. */
  #move(next: Carrier): void {
    const old = this.#carrier;
    this.#use(next);
    this.#happen({ type: "moved" });
    this.#parting.begin(old);
    if (next.goaway) this.#happen({ type: "goaway", withinMs: next.goaway.withinMs });
  }

  #use(next: Carrier | undefined): void {
    this.#carrier = next;
    this.#next = undefined;
    if (next?.welcome) this.#renewal.start(next.welcome.expiresInMs);
  }

  /** The next socket is not wanted any more. */
  #drop(): void {
    this.#next?.end();
    if (this.#next) this.#happen({ type: "unmoved", final: true });
    this.#next = undefined;
  }

  /** Nothing of the connection goes on, but what may be its next socket. */
  #release(refusal?: string): void {
    this.#tokens.stop();
    this.#renewal.stop();
    this.#parting.hangUp();
    this.#carrier?.end();
    this.#carrier = undefined;
    this.#ports.lost(refusal);
  }

  /** A socket is gone, or there was none. `hopeless`: there is no use in another try. */
  #gone(carrier: Carrier, code: number, words: string, hopeless = isFinal(code)): void {
    if (carrier.isOver) return;
    if (code === CUT_OFF && this.#ports.replaces) this.#orphan ??= carrier.session;
    if (this.#parting.is(carrier)) return this.#parting.end();
    carrier.end();
    const { reason, refusal, retryAfterMs } = carrier.why(code, words);
    const final = this.#tokens.ended(code, reason) || hopeless;
    const isNext = carrier === this.#next;
    if (isNext) this.#next = undefined;
    else this.#release(refusal);
    this.#happen({ type: isNext ? "unmoved" : "lost", final, retryAfterMs }, reason);
  }
}
