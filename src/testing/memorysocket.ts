import type { WebSocketLike } from "../client/api.ts";
import type { Listener, Wire } from "../gateway/socket/wire.ts";
import { FRAME_BYTES_MAX } from "../protocol/envelope.ts";

/** A socket that was cut, as a client sees it. */
export const CUT = 1006;
/** A frame that is too long, as the WebSocket layer of the server refuses it. */
const TOO_LONG = 1009;

/** Takes a socket in, at the server; undefined: nobody can be reached. */
export type Enter = (wire: Wire, socket: MemorySocket) => Listener | undefined;

/** One socket in memory: a WebSocket to the client, a wire to the server's session. Words of one side come to the other in the next turn. */
export class MemorySocket implements WebSocketLike {
  onopen: WebSocketLike["onopen"] = null;
  onmessage: WebSocketLike["onmessage"] = null;
  onclose: WebSocketLike["onclose"] = null;
  onerror: WebSocketLike["onerror"] = null;
  #listener: Listener | undefined;
  #received = 0;
  #closed = false;

  constructor(enter: Enter) {
    this.#later(() => {
      this.#listener = enter(this.#wire(), this);
      if (this.#listener === undefined) this.end(CUT);
      else this.onopen?.({} as never);
    });
  }

  send(text: string): void {
    const data = Buffer.from(text);
    this.#received += data.length;
    this.#later(() => {
      if (data.length > FRAME_BYTES_MAX) this.end(TOO_LONG);
      else this.#listener?.message(data, false);
    });
  }
  close(code = 1000): void {
    this.#later(() => this.end(code));
  }

  /** Ends it for both sides. */
  end(code: number, reason = ""): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener?.gone(code);
    queueMicrotask(() => this.onclose?.({ code, reason } as never));
  }

  #wire(): Wire {
    const tell = (data: string): void => this.#later(() => this.onmessage?.({ data } as never));
    return {
      backlog: 0,
      send: tell,
      sendAll: (texts) => texts.forEach(tell),
      share: ({ texts }) => texts.forEach(tell),
      // A pong is a sign of life.
      ping: () => void this.#received++,
      close: (code, reason) => this.#later(() => this.end(code, reason)),
      terminate: () => this.end(CUT),
      pause: () => undefined,
      resume: () => undefined,
      traffic: () => ({ backlog: 0, received: this.#received, taken: 0 }),
    };
  }

  #later(act: () => void): void {
    queueMicrotask(() => {
      if (!this.#closed) act();
    });
  }
}
