import type { ClientFrame, ServerFrame } from "../../protocol/frames/frame.ts";
import type { Hello, Limits, Welcome } from "../../protocol/frames/hello.ts";
import type { ClientOptions, Connectivity, ConnectionState, WebSocketClass } from "../api.ts";
import { IDLE, isFinal, shownAs, step, type Effect, type Happening } from "./connection.ts";
import { ChatError } from "../error.ts";
import { bounded } from "./bounded.ts";
import { hookUp } from "./hints.ts";
import { Renewal } from "./renewal.ts";
import { isForeign } from "./foreign.ts";
import { openSocket, type Socket } from "./socket.ts";
import { Tokens } from "./tokens.ts";
import { Watchdog } from "./watchdog.ts";

/** A socket that could not be opened or was cut: the WebSocket protocol's own number. */
const CUT = 1006;
/** The session's token has ended. */
const EXPIRED = 4403;
/** Closes that follow from a refusal: too much of something, too many invalid frames, a hello that is not accepted, a sign-out. */
const FOR_A_REFUSAL: ReadonlySet<number> = new Set([4402, 4429, 4500, 4501, 4502]);
/** The server has not accepted the token, or it is not of the user whose client this is. */
const OTHER_USER = "auth.other_user";
const WRONG_TOKEN: ReadonlySet<string> = new Set(["auth.invalid_token", OTHER_USER]);

export interface LinkPorts {
  options: ClientOptions;
  /** Does a session take the place of the one before, whose socket was cut? */
  replaces: boolean;
  /** All that `hello` says besides the token and the session it replaces. */
  hello(): Promise<Pick<Hello, "deviceId" | "since">>;
  frame(frame: ServerFrame): void;
  /** An answer of the views is under way. */
  asking(): boolean;
  /** The socket is gone: no answer will come. `refusal`: the code of what it was closed for. */
  lost(refusal?: string): void;
  changed(connection: Connectivity): void;
}

/** Keeps one socket open: runs what {@link step} decides, with real sockets, timers and tokens. */
export class Link {
  readonly #ports: LinkPorts;
  readonly #now: () => number;
  readonly #random: () => number;
  #link = IDLE;
  #socket: Socket | undefined;
  #dialling = new AbortController();
  readonly #tokens: Tokens;
  readonly #renewal: Renewal;
  #due: ReturnType<typeof setTimeout> | undefined;
  readonly #watchdog: Watchdog;
  #limits: Limits | undefined;
  /** The session of a socket that ended without a word of the server: it may look open there. */
  #orphan: Hello["replaces"];
  #session: Hello["replaces"];
  /** The last frame, if it was one: should the socket end now, it may have been for this. */
  #refusal: Extract<ServerFrame, { t: "error" }> | undefined;
  #unhook: (() => void) | undefined;
  #told: Connectivity = { state: "idle" };

  constructor(ports: LinkPorts) {
    const { elapsed = () => performance.now(), random = Math.random } = ports.options;
    this.#ports = ports;
    this.#tokens = new Tokens((request) => ports.options.getToken(request));
    this.#now = elapsed;
    this.#random = random;
    this.#renewal = new Renewal({
      tokens: this.#tokens,
      random,
      send: (frame) => this.send(frame),
      over: (error) => this.#failed(error),
    });
    this.#watchdog = new Watchdog({
      now: elapsed,
      limits: () => this.#limits,
      asking: ports.asking,
      ping: () => this.send({ t: "ping" }),
      ill: (why) => this.#gone(CUT, why),
    });
  }

  get state(): ConnectionState {
    return this.#link.state;
  }
  /** Known from `welcome` until the socket is gone. */
  get limits(): Limits | undefined {
    return this.#limits;
  }

  /** @throws TypeError when there is no WebSocket to be had. */
  start(): void {
    this.#webSocket();
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
  /** Gives this socket up; the next one asks for what is missing. */
  restart(reason: string): void {
    this.#gone(CUT, reason);
  }
  /** Returns false when there is no socket to send on. */
  send(frame: ClientFrame): boolean {
    if (this.#limits === undefined) return false;
    this.#socket?.send(frame);
    return true;
  }
  /** The newest seq that the server knows of, against what has arrived. `moved`: something just has. */
  compare(head: number, seq: number, moved: boolean): void {
    this.#watchdog.compare(head, seq, moved);
  }

  #webSocket(): WebSocketClass {
    const found = this.#ports.options.webSocket ?? globalThis.WebSocket;
    if (found === undefined) throw new TypeError("no WebSocket here: pass one as `webSocket`");
    return found;
  }

  #happen(happening: Happening, reason?: string): void {
    const before = this.#link;
    const [next, effect] = step(this.#link, happening, this.#now(), this.#random());
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
    const { now = Date.now, logger } = this.#ports.options;
    const retryAt = effect?.do === "wait" ? now() + effect.ms : undefined;
    this.#told = { ...(same && this.#told), ...shownAs(this.#link, retryAt, reason) };
    logger?.debug("connection", this.#told);
    this.#ports.changed(this.#told);
  }

  #run(effect: Effect): void {
    clearTimeout(this.#due);
    switch (effect.do) {
      case "dial":
        void this.#dial();
        return;
      case "hangUp":
        this.#release();
        return;
      case "wait":
        this.#due = setTimeout(() => this.#happen({ type: "due" }), effect.ms);
        return;
      case "probe":
        this.#watchdog.probe();
    }
  }

  async #dial(): Promise<void> {
    const { signal } = (this.#dialling = new AbortController());
    this.#refusal = undefined;
    try {
      const [greeting, token] = await Promise.all([this.#ports.hello(), this.#tokens.ask()]);
      const replaces = this.#orphan && { replaces: this.#orphan };
      if (!signal.aborted) this.#open({ t: "hello", token, ...greeting, ...replaces });
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  /** @throws ChatError `url.invalid`: no WebSocket can be made of it. */
  #open(hello: Hello): void {
    this.#watchdog.start();
    try {
      const socket = openSocket(this.#ports.options.url, this.#webSocket(), {
        opened: () => socket.send(hello),
        frame: (frame) => this.#heard(frame),
        ignored: () => this.#ignored(),
        closed: (code, why) => this.#gone(code, why || `closed ${code}`),
      });
      this.#socket = socket;
    } catch (cause) {
      throw new ChatError("url.invalid", { retryable: false, message: String(cause), cause });
    }
  }

  /** It has not come to a socket. */
  #failed(error: unknown): void {
    const { code = String(error), retryable = true } = Object(error) as Partial<ChatError>;
    this.#ports.options.logger?.warn("no socket", { error });
    this.#gone(CUT, code, !retryable);
  }

  #ignored(): void {
    this.#watchdog.heard();
    this.#ports.options.logger?.warn("a message that is no known frame was left out");
  }

  #heard(said: ServerFrame): void {
    const frame = bounded(said);
    this.#watchdog.heard();
    if (this.#link.offline) this.#happen({ type: "heard" });
    if (isForeign(frame, this.#ports.options.user)) return this.#gone(CUT, OTHER_USER);
    this.#refusal = frame.t === "error" ? frame : undefined;
    if (frame.t === "welcome") this.#welcomed(frame);
    if (frame.t === "error") this.#renewal.refused(frame);
    if (frame.t === "refreshed") this.#renewal.start(frame.expiresInMs);
    this.#ports.frame(frame);
  }

  #welcomed({ limits, sessionId, resume, expiresInMs }: Welcome): void {
    this.#limits = limits;
    this.#renewal.start(expiresInMs);
    this.#orphan = undefined;
    if (this.#ports.replaces) this.#session = { sessionId, resume };
  }

  #release(): void {
    this.#dialling.abort();
    this.#tokens.stop();
    this.#renewal.stop();
    this.#watchdog.stop();
    this.#socket?.hangUp();
    this.#socket = undefined;
    this.#limits = undefined;
    this.#ports.lost(this.#refusal?.code);
  }

  /** The socket is gone, or there was none. `hopeless`: there is no use in another try. */
  #gone(code: number, why: string, hopeless = isFinal(code)): void {
    if (this.#dialling.signal.aborted) return;
    // A refusal behind the welcome is of one frame: a cut cable or a server that goes away has nothing to do with it.
    if (this.#limits !== undefined && !FOR_A_REFUSAL.has(code)) this.#refusal = undefined;
    const { code: reason = why, retryAfterMs } = this.#refusal ?? {};
    if (code === CUT) this.#orphan ??= this.#session;
    this.#session = undefined;
    this.#release();
    const final = this.#judge(code, reason) || hopeless;
    this.#happen({ type: "lost", final, retryAfterMs }, reason);
  }

  /** Was it for the token, and is there no use in another? */
  #judge(code: number, reason: string): boolean {
    if (code === EXPIRED) this.#tokens.expired();
    return WRONG_TOKEN.has(reason) && this.#tokens.refused();
  }
}
