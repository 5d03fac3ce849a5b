import { WebSocket, type RawData } from "ws";

/** Whom a WebSocket tells what happens to it. */
export interface Listener {
  message(data: Buffer, isBinary: boolean): void;
  pong(): void;
  gone(code: number): void;
  failed(error: Error): void;
}

/** A WebSocket that knows its listener: one function per event for all of them, not a closure for each. */
export class Wire extends WebSocket {
  listener: Listener | undefined;

  tellTo(listener: Listener): void {
    this.listener = listener;
    this.on("message", onMessage).on("pong", onPong).on("close", onClose).on("error", onError);
  }
}

const of = (ws: WebSocket): Listener | undefined => (ws as Wire).listener;

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  of(this)?.message(data as Buffer, isBinary);
}
function onPong(this: WebSocket): void {
  of(this)?.pong();
}
function onClose(this: WebSocket, code: number): void {
  of(this)?.gone(code);
}
function onError(this: WebSocket, error: Error): void {
  of(this)?.failed(error);
}
