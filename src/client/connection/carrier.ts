import type { ClientFrame, ServerFrame } from "../../protocol/frames/frame.ts";
import type { Goaway } from "../../protocol/frames/goaway.ts";
import type { Hello, Welcome } from "../../protocol/frames/hello.ts";
import type { ClientOptions, WebSocketClass } from "../api.ts";
import { ChatError } from "../error.ts";
import { bounded } from "./bounded.ts";
import { openSocket, type Socket } from "./socket.ts";
import { Watchdog } from "./watchdog.ts";

/** A socket that could not be opened or was cut: the WebSocket protocol's own number. */
export const CUT_OFF = 1006;
/** Closes that follow from a refusal: too much of something, too many invalid frames, a hello that is not accepted, a sign-out. */
const FOR_A_REFUSAL: ReadonlySet<number> = new Set([4402, 4429, 4500, 4501, 4502]);

type Refusal = Extract<ServerFrame, { t: "error" }>;

interface Ports {
  readonly options: ClientOptions;
  /** ms by a clock that nobody sets. */
  elapsed(): number;
  /** An answer of the views is under way. */
  asking(): boolean;
  heard(carrier: Carrier, frame: ServerFrame): void;
  /** It has ended by itself, or has to. `hopeless`: there is no use in another try. */
  gone(carrier: Carrier, code: number, why: string, hopeless?: boolean): void;
}

/** @throws TypeError when there is no WebSocket to be had. */
export function webSocketOf({ webSocket }: ClientOptions): WebSocketClass {
  const found = webSocket ?? globalThis.WebSocket;
  if (found === undefined) throw new TypeError("no WebSocket here: pass one as `webSocket`");
  return found;
}

/** One socket of a client, from the wish for it to its end. Behind its end it says nothing any more. */
export class Carrier {
  readonly watchdog: Watchdog;
  /** Known from then on. */
  welcome: Welcome | undefined;
  /** The server's word that it goes away, if it has not taken that back. */
  goaway: Goaway | undefined;
  readonly #ports: Ports;
  readonly #dialling = new AbortController();
  #socket: Socket | undefined;
  /** The last frame, if it was one: should the socket end now, it may have been for this. */
  #refusal: Refusal | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.watchdog = new Watchdog({
      ...ports,
      limits: () => this.welcome?.limits,
      ping: () => this.send({ t: "ping" }),
      ill: (why) => ports.gone(this, CUT_OFF, why),
    });
  }

  get isOver(): boolean {
    return this.#dialling.signal.aborted;
  }

  /** Opens a socket with this hello, when that is known. */
  async dial(hello: Promise<Hello>): Promise<void> {
    try {
      const said = await hello;
      if (!this.isOver) this.#open(said);
    } catch (error) {
      this.fail(error);
    }
  }

  /** It cannot be, or not go on, for this reason. */
  fail(error: unknown): void {
    if (this.isOver) return;
    const { code = String(error), retryable = true } = Object(error) as Partial<ChatError>;
    this.#ports.options.logger?.warn("no socket", { error });
    this.#ports.gone(this, CUT_OFF, code, !retryable);
  }

  /** A frame has come for this client. */
  note(frame: ServerFrame): void {
    this.#refusal = frame.t === "error" ? frame : undefined;
    if (frame.t === "welcome") this.welcome = frame;
    if (frame.t === "goaway") this.goaway = frame;
    if (frame.t === "stay") this.goaway = undefined;
  }

  /** Returns false when there is no session to send in. */
  send(frame: ClientFrame): boolean {
    if (this.welcome === undefined || this.isOver) return false;
    this.#socket?.send(frame);
    return true;
  }

  /** Names it to a server at which it may look open. */
  get session(): Hello["replaces"] {
    return this.welcome && { sessionId: this.welcome.sessionId, resume: this.welcome.resume };
  }

  /** Why it has ended; `refusal`: the code of what it was closed for, or ended with before it was welcomed. */
  why(code: number, words: string): { reason: string; refusal?: string; retryAfterMs?: number } {
    // A refusal behind the welcome is of one frame: a cut cable or a server that goes away has nothing to do with it.
    const counts = this.welcome === undefined || FOR_A_REFUSAL.has(code);
    if (!counts || this.#refusal === undefined) return { reason: words };
    const { code: refusal, retryAfterMs } = this.#refusal;
    return { reason: refusal, refusal, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }

  end(): void {
    this.#dialling.abort();
    this.watchdog.stop();
    this.#socket?.hangUp();
  }

  /** @throws ChatError `url.invalid`: no WebSocket can be made of it. */
  #open(hello: Hello): void {
    const { options, gone } = this.#ports;
    this.watchdog.start();
    try {
      const socket = openSocket(options.url, webSocketOf(options), {
        opened: () => socket.send(hello),
        frame: (frame) => this.#heard(frame),
        ignored: () => this.#ignored(),
        closed: (code, why) => gone(this, code, why || `closed ${code}`),
      });
      this.#socket = socket;
    } catch (cause) {
      throw new ChatError("url.invalid", { retryable: false, message: String(cause), cause });
    }
  }

  #ignored(): void {
    this.watchdog.heard();
    this.#ports.options.logger?.warn("a message that is no known frame was left out");
  }

  #heard(frame: ServerFrame): void {
    this.watchdog.heard();
    this.#ports.heard(this, bounded(frame));
  }
}
