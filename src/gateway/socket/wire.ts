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

const listenerOf = (ws: WebSocket): Listener | undefined => (ws as Wire).listener;

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  listenerOf(this)?.message(data as Buffer, isBinary);
}
function onPong(this: WebSocket): void {
  listenerOf(this)?.pong();
}
function onClose(this: WebSocket, code: number): void {
  listenerOf(this)?.gone(code);
}
function onError(this: WebSocket, error: Error): void {
  listenerOf(this)?.failed(error);
}
