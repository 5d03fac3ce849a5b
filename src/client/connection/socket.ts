import type { ClientFrame, ServerFrame } from "../../protocol/frames/frame.ts";
import { readServerFrame } from "../../protocol/read.ts";
import type { WebSocketClass } from "../api.ts";

/** One WebSocket. After `hangUp`, and after `closed`, it says nothing any more. */
export interface Socket {
  send(frame: ClientFrame): void;
  hangUp(): void;
}

export function openSocket(
  url: string,
  webSocket: WebSocketClass,
  on: {
    opened(): void;
    frame(frame: ServerFrame): void;
    /** A message that is no frame, or of a type that is not known here. */
    ignored(): void;
    closed(code: number, reason: string): void;
  },
): Socket {
  const socket = new webSocket(url);
  function silence(): void {
    socket.onopen = socket.onmessage = socket.onclose = null;
    // A socket that is given up while it connects still reports an error; nobody is waiting for it.
    socket.onerror = () => undefined;
  }
  socket.onopen = () => on.opened();
  socket.onmessage = ({ data }: { data: unknown }) => {
    const frame = typeof data === "string" ? readServerFrame(data) : undefined;
    if (frame !== undefined) on.frame(frame);
    else on.ignored();
  };
  // A browser tells nobody but a debugger what went wrong; `close` follows.
  socket.onerror = () => undefined;
  socket.onclose = ({ code, reason }: { code: number; reason: string }) => {
    silence();
    on.closed(code, reason);
  };
  return {
    send: (frame) => socket.send(JSON.stringify(frame)),
    hangUp: () => {
      silence();
      socket.close();
    },
  };
}
