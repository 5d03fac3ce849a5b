import type { Socket as Tcp } from "node:net";
import { WebSocket, type RawData } from "ws";
import type { Traffic } from "../session/heart.ts";
import { framed } from "./framing.ts";
import { gather } from "./gather.ts";

/** Receives what happens to a WebSocket. */
export interface Listener {
  message(data: Buffer, isBinary: boolean): void;
  /** A ping or a pong of the WebSocket layer came. */
  control(): void;
  gone(code: number): void;
  failed(error: Error): void;
}

/** Messages that go to many sockets as the same bytes. */
export interface Shared {
  readonly texts: readonly string[];
  /** The texts as WebSocket messages, one behind the other. */
  readonly bytes: Buffer;
}

/** A socket as a session sees it: bytes out, and what is known of those that are on their way. */
export interface Wire {
  send(text: string): void;
  /** Many messages at once: one piece of memory and one write for all of them. */
  sendAll(texts: readonly string[]): void;
  /** Messages that were framed for everybody. */
  share(shared: Shared): void;
  ping(): void;
  close(code: number, reason: string): void;
  terminate(): void;
  /** Nothing more is read from it, but what has been already, until it is resumed. */
  pause(): void;
  resume(): void;
  /** Bytes that wait to be read by the peer. */
  readonly backlog: number;
  traffic(): Traffic;
}

/** A closing socket may take so long to read what was still on its way. */
const CLOSE_MS = 10_000;

/** A WebSocket that knows its listener: one function per event for all of them, not a closure for each. */
export class ListenedSocket extends WebSocket {
  listener: Listener | undefined;

  tellTo(listener: Listener): void {
    this.listener = listener;
    this.on("message", onMessage).on("ping", onControl).on("pong", onControl);
    this.on("close", onClose).on("error", onError);
  }
}

/** Moves the bytes of one WebSocket. */
export class SocketWire implements Wire {
  readonly #ws: ListenedSocket;
  readonly #tcp: Tcp;

  constructor(ws: ListenedSocket, tcp: Tcp) {
    this.#ws = ws;
    this.#tcp = tcp;
  }

  send(text: string): void {
    gather(this.#tcp);
    this.#ws.send(text);
  }

  /**
   * Beside the library, which writes two pieces per message: 4 of the 9 µs that an entry of a resume took. It
   * compresses nothing, so it holds nothing back that would have to go out before.
   */
  sendAll(texts: readonly string[]): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    gather(this.#tcp);
    this.#tcp.write(framed(texts));
  }

  share({ bytes }: Shared): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    gather(this.#tcp);
    this.#tcp.write(bytes);
  }

  ping(): void {
    this.#ws.ping();
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason);
    const timer = setTimeout(() => this.#ws.terminate(), CLOSE_MS);
    this.#ws.once("close", () => clearTimeout(timer));
  }

  terminate(): void {
    this.#ws.terminate();
  }

  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  get backlog(): number {
    return this.#ws.bufferedAmount;
  }

  traffic(): Traffic {
    const { backlog } = this;
    const { bytesRead, bytesWritten, writableLength } = this.#tcp;
    return { received: bytesRead, taken: bytesWritten - writableLength, backlog };
  }
}

const listenerOf = (ws: WebSocket): Listener | undefined => (ws as ListenedSocket).listener;

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  listenerOf(this)?.message(data as Buffer, isBinary);
}
function onControl(this: WebSocket): void {
  listenerOf(this)?.control();
}
function onClose(this: WebSocket, code: number): void {
  listenerOf(this)?.gone(code);
}
function onError(this: WebSocket, error: Error): void {
  listenerOf(this)?.failed(error);
}
