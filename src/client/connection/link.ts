import type { ClientFrame, ServerFrame } from "../../protocol/frames/frame.ts";
import type { Hello, Limits } from "../../protocol/frames/hello.ts";
import type { ClientEvents, ClientOptions, ConnectionState, WebSocketClass } from "../api.ts";
import {
  diagnose,
  IDLE,
  isFinal,
  step,
  type Effect,
  type Happening,
  type Pulse,
} from "./connection.ts";
import { ChatError } from "../error.ts";
import { openSocket, type Socket } from "./socket.ts";

/** From the wish for a token to `welcome`. */
const WELCOME_MS = 20_000;
const CHECK_MS = 2_000;
/** No wait is longer: a timer's range ends at 2^31 ms. */
const RETRY_AFTER_MAX_MS = 600_000;
/** A socket that could not be opened or was cut: the WebSocket protocol's own number. */
const CUT = 1006;
/** The outcome of a token that is refused for good. */
const REFUSED = 4501;
/** Closes that follow from a refusal: too much of something, too many invalid frames, a hello that is not accepted. */
const FOR_A_REFUSAL: ReadonlySet<number> = new Set([4429, 4500, REFUSED]);

interface Ports {
  options: ClientOptions;
  /** All that `hello` says besides the token and the session it replaces. */
  hello(): Promise<Pick<Hello, "deviceId" | "since">>;
  frame(frame: ServerFrame): void;
  /** An answer of the views is under way. */
  asking(): boolean;
  /** The socket is gone: no answer will come. `refusal`: the code of what it was closed for. */
  lost(refusal?: string): void;
  changed(connection: ClientEvents["connection"]): void;
}

/** Keeps one socket open: runs what {@link step} decides, with real sockets, timers and tokens. */
export class Link {
  readonly #ports: Ports;
  readonly #now: () => number;
  readonly #random: () => number;
  #link = IDLE;
  #socket: Socket | undefined;
  #dialling = new AbortController();
  #due: ReturnType<typeof setTimeout> | undefined;
  #check: ReturnType<typeof setInterval> | undefined;
  #limits: Limits | undefined;
  #pulse = pulseAt(0);
  /** The session of a socket that ended without a word of the server: it may look open there. */
  #orphan: Hello["replaces"];
  #session: Hello["replaces"];
  /** The last frame, if it was one: should the socket end now, it may have been for this. */
  #refusal: Extract<ServerFrame, { t: "error" }> | undefined;
  #unhook: (() => void) | undefined;

  constructor(ports: Ports) {
    const { elapsed = () => performance.now(), random = Math.random } = ports.options;
    this.#ports = ports;
    this.#now = elapsed;
    this.#random = random;
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
    this.#unhook ??= hookUp((happening) => this.#happen(happening));
    this.#happen({ type: "start" });
  }
  stop(): void {
    this.#happen({ type: "stop" });
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
    const since = moved ? undefined : this.#pulse.behindSince;
    this.#pulse.behindSince = head > seq ? (since ?? this.#now()) : undefined;
  }

  #webSocket(): WebSocketClass {
    const found = this.#ports.options.webSocket ?? globalThis.WebSocket;
    if (found === undefined) throw new TypeError("no WebSocket here: pass one as `webSocket`");
    return found;
  }

  #happen(happening: Happening, reason?: string): void {
    const before = this.#link.state;
    const [next, effect] = step(this.#link, happening, this.#now(), this.#random());
    this.#link = next;
    if (effect) this.#run(effect);
    if (next.state === "closed") this.#unhook?.();
    if (before === next.state) return;
    const retryInMs = effect?.do === "wait" ? effect.ms : undefined;
    const connection = { state: next.state, retryInMs, reason };
    this.#ports.options.logger?.debug("connection", connection);
    this.#ports.changed(connection);
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
        this.#pulse.probedAt = this.#now();
        this.#ping(this.#pulse.probedAt);
    }
  }

  async #dial(): Promise<void> {
    const { options, hello } = this.#ports;
    const { signal } = (this.#dialling = new AbortController());
    this.#pulse = pulseAt(this.#now());
    this.#refusal = undefined;
    this.#check = setInterval(() => this.#look(), CHECK_MS);
    try {
      const [greeting, token] = await Promise.all([hello(), options.getToken(signal)]);
      if (signal.aborted) return;
      const socket = openSocket(options.url, this.#webSocket(), {
        opened: () => socket.send(this.#hello(token, greeting)),
        frame: (frame) => this.#heard(frame),
        ignored: () => this.#ignored(),
        closed: (code, why) => this.#gone(code, why || `closed ${code}`),
      });
      this.#socket = socket;
    } catch (error) {
      if (signal.aborted) return;
      const known = error instanceof ChatError ? error : undefined;
      this.#gone(known?.retryable === false ? REFUSED : CUT, known?.code ?? String(error));
    }
  }

  #hello(token: string, greeting: Pick<Hello, "deviceId" | "since">): Hello {
    return { t: "hello", token, ...greeting, ...(this.#orphan && { replaces: this.#orphan }) };
  }

  #ignored(): void {
    this.#pulse.heardAt = this.#now();
    this.#ports.options.logger?.warn("a message that is no known frame was left out");
  }

  #heard(said: ServerFrame): void {
    const frame = bounded(said);
    this.#pulse.heardAt = this.#now();
    if (frame.t === "welcome") this.#welcomed(frame);
    this.#refusal = frame.t === "error" ? frame : undefined;
    this.#ports.frame(frame);
  }

  #welcomed({ limits, sessionId, resume }: Extract<ServerFrame, { t: "welcome" }>): void {
    this.#limits = limits;
    this.#orphan = undefined;
    this.#session = { sessionId, resume };
  }

  #look(): void {
    const now = this.#now();
    const limits = this.#limits;
    const ill = diagnose(this.#pulse, now, limits?.idleMs ?? WELCOME_MS, this.#ports.asking());
    if (ill) this.#gone(CUT, ill);
    // A sign of life, while it receives, too: the server may see nothing else of a slow reader.
    else if (limits && now - this.#pulse.pingedAt >= limits.heartbeatMs) this.#ping(now);
  }

  #ping(now: number): void {
    this.#pulse.pingedAt = now;
    this.send({ t: "ping" });
  }

  #release(): void {
    this.#dialling.abort();
    clearInterval(this.#check);
    this.#socket?.hangUp();
    this.#socket = undefined;
    this.#limits = undefined;
    this.#ports.lost(this.#refusal?.code);
  }

  #gone(code: number, reason: string): void {
    if (this.#dialling.signal.aborted) return;
    // A refusal behind the welcome is of one frame: a cut cable or a server that goes away has nothing to do with it.
    if (this.#limits !== undefined && !FOR_A_REFUSAL.has(code)) this.#refusal = undefined;
    const { code: refused = reason, retryAfterMs } = this.#refusal ?? {};
    if (code === CUT) this.#orphan ??= this.#session;
    this.#session = undefined;
    this.#release();
    this.#happen({ type: "lost", final: isFinal(code), retryAfterMs }, refused);
  }
}

/** A refusal whose wait is within bounds, whatever the server says. */
function bounded(frame: ServerFrame): ServerFrame {
  if (frame.t !== "error" || frame.retryAfterMs === undefined) return frame;
  return { ...frame, retryAfterMs: Math.min(RETRY_AFTER_MAX_MS, Math.max(0, frame.retryAfterMs)) };
}

const pulseAt = (now: number): Pulse => ({
  heardAt: now,
  pingedAt: now,
  behindSince: undefined,
  probedAt: undefined,
});

/** Listens to a browser's hints; elsewhere there is nothing to hear. */
function hookUp(happen: (happening: Happening) => void): () => void {
  if (typeof window === "undefined") return () => undefined;
  const hooks = new AbortController();
  const online = (): void => happen({ type: "woken" });
  const shown = (): void => {
    if (document.visibilityState === "visible") happen({ type: "woken" });
  };
  window.addEventListener("online", online, hooks);
  document.addEventListener("visibilitychange", shown, hooks);
  return () => hooks.abort();
}
