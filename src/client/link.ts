import type { ClientFrame, Hello, Limits, ServerFrame } from "../events/frames.ts";
import type { ClientEvents, ClientOptions, WebSocketClass } from "./api.ts";
import { diagnose, IDLE, isFinal, step, type Effect, type Happening, type Pulse } from "./connection.ts";
import { ChatError } from "./error.ts";
import { CUT, openSocket, type Socket } from "./socket.ts";

/** From the wish for a token to `welcome`. */
const WELCOME_MS = 20_000;
const CHECK_MS = 2_000;
/** Until the server has told its own. */
const IDLE_MS = 60_000;

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
export function createLink({ options, hello, frame, lost, changed }: Ports) {
  const { url, getToken, random = Math.random, now = Date.now, logger } = options;
  let link = IDLE;
  let socket: Socket | undefined;
  let dialling: AbortController | undefined;
  let due: ReturnType<typeof setTimeout> | undefined;
  let check: ReturnType<typeof setInterval> | undefined;
  let limits: Limits | undefined;
  let pulse: Pulse = { heardAt: 0, behindSince: undefined, probedAt: undefined };
  /** The last refusal: if the socket ends now, it was for this. */
  let refusal: Extract<ServerFrame, { t: "error" }> | undefined;

  function happen(happening: Happening, reason?: string): void {
    const before = link;
    const [next, effect] = step(link, happening, now(), random());
    link = next;
    if (effect) run(effect);
    const retryInMs = effect?.do === "wait" ? effect.ms : undefined;
    if (before.state === next.state && effect?.do !== "wait") return;
    logger?.debug("connection", { state: next.state, reason });
    changed({
      state: next.state,
      ...(retryInMs !== undefined && { retryInMs }),
      ...(reason !== undefined && { reason }),
    });
  }

  function run(effect: Effect): void {
    clearTimeout(due);
    switch (effect.do) {
      case "dial":
        void dial();
        return;
      case "hangUp":
        release();
        unhook();
        return;
      case "wait":
        if (effect.ms !== undefined) due = setTimeout(() => happen({ type: "due" }), effect.ms);
        return;
      case "probe":
        pulse.probedAt = now();
        send({ t: "ping" });
    }
  }

  async function dial(): Promise<void> {
    const mine = new AbortController();
    dialling = mine;
    pulse = { heardAt: now(), behindSince: undefined, probedAt: undefined };
    refusal = undefined;
    limits = undefined;
    check = setInterval(look, CHECK_MS);
    try {
      const [greeting, token] = await Promise.all([hello(), getToken(mine.signal)]);
      if (mine.signal.aborted) return;
      const current = openSocket(url, options.webSocket ?? (globalThis.WebSocket as WebSocketClass), {
        opened: () => current.send({ t: "hello", token, ...greeting }),
        frame: heard,
        closed: (code, reason) => gone(code, refusal?.code ?? (reason || `closed ${code}`)),
      });
      socket = current;
    } catch (error) {
      if (mine.signal.aborted) return;
      logger?.warn("no connection", { error: String(error) });
      const final = error instanceof ChatError && !error.retryable;
      gone(final ? 4501 : CUT, error instanceof ChatError ? error.code : String(error));
    }
  }

  function heard(received: ServerFrame): void {
    pulse.heardAt = now();
    if (received.t === "welcome") limits = received.limits;
    refusal = received.t === "error" ? received : undefined;
    frame(received);
  }

  function look(): void {
    const time = now();
    if (limits === undefined && time - pulse.heardAt >= WELCOME_MS) gone(CUT, "no welcome");
    const ill = diagnose(pulse, time, limits?.idleMs ?? IDLE_MS);
    if (ill) gone(CUT, ill);
  }

  function release(): void {
    dialling?.abort();
    dialling = undefined;
    clearInterval(check);
    socket?.hangUp();
    socket = undefined;
    lost();
  }

  function gone(code: number, reason: string): void {
    if (dialling === undefined) return;
    release();
    const retryAfterMs = refusal?.retryAfterMs;
    happen({ type: "lost", final: isFinal(code), ...(retryAfterMs && { retryAfterMs }) }, reason);
    if (link.state === "closed") unhook();
  }

  /** Returns false without a socket to send on. */
  function send(message: ClientFrame): boolean {
    if (limits === undefined || socket === undefined) return false;
    socket.send(message);
    return true;
  }

  let unhook = (): void => undefined;
  return {
    get state() {
      return link.state;
    },
    get limits() {
      return limits;
    },
    start(): void {
      if (link.state !== "idle") return;
      unhook = hookUp(happen);
      happen({ type: "start" });
    },
    stop: () => happen({ type: "stop" }),
    synced: () => happen({ type: "synced" }),
    /** Gives this socket up; the next one asks for what is missing. */
    restart: (reason: string) => gone(CUT, reason),
    send,
    /** The server's head, against what has arrived. */
    compare: (head: number, seq: number) => {
      pulse.behindSince = head > seq ? (pulse.behindSince ?? now()) : undefined;
    },
  };
}

/** Listens to what a browser knows about its network; elsewhere there is nothing to hear. */
function hookUp(happen: (happening: Happening) => void): () => void {
  if (typeof window === "undefined") return () => undefined;
  const network = () => happen({ type: "network", reachable: navigator.onLine });
  const woken = () => {
    if (document.visibilityState === "visible") happen({ type: "woken" });
  };
  network();
  window.addEventListener("online", network);
  window.addEventListener("offline", network);
  document.addEventListener("visibilitychange", woken);
  return () => {
    window.removeEventListener("online", network);
    window.removeEventListener("offline", network);
    document.removeEventListener("visibilitychange", woken);
  };
}
