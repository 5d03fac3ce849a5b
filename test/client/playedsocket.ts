import type { WebSocketLike } from "../../src/client/api.ts";

/** A WebSocket to which things happen as a spec says. */
export class PlayedSocket implements WebSocketLike {
  /** All that were ever made, the last one last. */
  static readonly all: PlayedSocket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((event?: { message?: string }) => void) | null = null;
  readonly sent: string[] = [];
  closes = 0;

  constructor() {
    PlayedSocket.all.push(this);
  }
  static get last(): PlayedSocket {
    const last = PlayedSocket.all.at(-1);
    if (last === undefined) throw new Error("no socket was opened");
    return last;
  }

  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closes++;
  }
}
