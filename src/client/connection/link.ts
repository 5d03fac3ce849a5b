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
/** A socket that could not be opened or was cut: the WebSocket protocol's own number. */
const CUT = 1006;
/** What a token that is refused for good amounts to. */
const REFUSED = 4501;

interface Ports {
  options: ClientOptions;
  /** What `hello` says besides the token. */
  hello(): Promise<Pick<Hello, "deviceId" | "since">>;
  frame(frame: ServerFrame): void;
  /** The socket is gone: no answer will come. */
  lost(): void;
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
  #pulse: Pulse = { heardAt: 0, behindSince: undefined, probedAt: undefined };
  /** The last frame, if it was one: should the socket end now, it was for this. */
  #refusal: Extract<ServerFrame, { t: "error" }> | undefined;
  #unhook: (() => void) | undefined;

  constructor(ports: Ports) {
    const { now = Date.now, random = Math.random } = ports.options;
    this.#ports = ports;
    this.#now = now;
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
  /** The newest seq that the server knows of, against what has arrived. */
  compare(head: number, seq: number): void {
    this.#pulse.behindSince = head > seq ? (this.#pulse.behindSince ?? this.#now()) : undefined;
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
    if (before === next.state && effect?.do !== "wait") return;
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
        if (effect.ms === undefined) return;
        this.#due = setTimeout(() => this.#happen({ type: "due" }), effect.ms);
        return;
      case "probe":
        this.#pulse.probedAt = this.#now();
        this.send({ t: "ping" });
    }
  }

  async #dial(): Promise<void> {
    const { options, hello } = this.#ports;
    const { signal } = (this.#dialling = new AbortController());
    this.#pulse = { heardAt: this.#now(), behindSince: undefined, probedAt: undefined };
    this.#refusal = undefined;
    this.#check = setInterval(() => this.#look(), CHECK_MS);
    try {
      const [greeting, token] = await Promise.all([hello(), options.getToken(signal)]);
      if (signal.aborted) return;
      const socket = openSocket(options.url, this.#webSocket(), {
        opened: () => socket.send({ t: "hello", token, ...greeting }),
        frame: (frame) => this.#heard(frame),
        closed: (code, why) => this.#gone(code, this.#refusal?.code ?? (why || `closed ${code}`)),
      });
      this.#socket = socket;
    } catch (error) {
      if (signal.aborted) return;
      const known = error instanceof ChatError ? error : undefined;
      this.#gone(known?.retryable === false ? REFUSED : CUT, known?.code ?? String(error));
    }
  }

  #heard(frame: ServerFrame): void {
    this.#pulse.heardAt = this.#now();
    if (frame.t === "welcome") this.#limits = frame.limits;
    this.#refusal = frame.t === "error" ? frame : undefined;
    this.#ports.frame(frame);
  }

  #look(): void {
    const now = this.#now();
    const ill = diagnose(this.#pulse, now, this.#limits?.idleMs ?? WELCOME_MS);
    if (ill) this.#gone(CUT, ill);
  }

  #release(): void {
    this.#dialling.abort();
    clearInterval(this.#check);
    this.#socket?.hangUp();
    this.#socket = undefined;
    this.#limits = undefined;
    this.#ports.lost();
  }

  #gone(code: number, reason: string): void {
    if (this.#dialling.signal.aborted) return;
    const retryAfterMs = this.#refusal?.retryAfterMs;
    this.#release();
    this.#happen({ type: "lost", final: isFinal(code), retryAfterMs }, reason);
  }
}

/** Listens to what a browser knows about its network; elsewhere there is nothing to hear. */
function hookUp(happen: (happening: Happening) => void): () => void {
  if (typeof window === "undefined") return () => undefined;
  const network = (): void => happen({ type: "network", reachable: navigator.onLine });
  const woken = (): void => {
    if (document.visibilityState === "visible") happen({ type: "woken" });
  };
  network();
  const hooks = new AbortController();
  window.addEventListener("online", network, hooks);
  window.addEventListener("offline", network, hooks);
  document.addEventListener("visibilitychange", woken, hooks);
  return () => hooks.abort();
}
