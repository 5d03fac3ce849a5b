import type { ClientFrame, ServerFrame } from "../../protocol/frames/frame.ts";
import { readServerFrame } from "../../protocol/read.ts";
import type { WebSocketClass } from "../api.ts";
import { whyNot } from "./whynot.ts";

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
  let opened = false;
  let said = "";
  let hungUp = false;
  socket.onopen = () => {
    opened = true;
    on.opened();
  };
  socket.onmessage = ({ data }: { data: unknown }) => {
    const frame = typeof data === "string" ? readServerFrame(data) : undefined;
    if (frame !== undefined) on.frame(frame);
    else on.ignored();
  };
  // A browser tells nobody but a debugger what went wrong, and other classes may; `close` follows.
  socket.onerror = ({ message = "" }: { message?: string } = {}) => void (said = message);
  const gone = (code: number, why: string): void => {
    if (!hungUp) on.closed(code, why);
  };
  socket.onclose = ({ code, reason }: { code: number; reason: string }) => {
    if (opened || webSocket !== globalThis.WebSocket) gone(code, reason || said);
    else void whyNot(url).then((why) => gone(code, why));
  };
  return {
    send: (frame) => socket.send(JSON.stringify(frame)),
    hangUp: () => {
      hungUp = true;
      // Not `onerror`: one that is given up while it connects reports an error, and some throw what nobody hears.
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
}
