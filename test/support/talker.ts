import type { WebSocketLike } from "../../src/client/api.ts";
import { PATIENCE_MS } from "./patience.ts";

/** Any frame of the server. */
export interface Frame {
  t: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a spec looks at any field of any frame
  [field: string]: any;
}

/** A device that speaks the protocol by hand: what it got, and what it says. */
export interface Talker {
  readonly user: string;
  readonly frames: Frame[];
  /** The close code, once closed. */
  readonly closed: Promise<number>;
  say(frame: object): void;
  raw(text: string | Buffer): void;
  /** The first frame, past or coming, that fits. */
  until(fits: (frame: Frame) => boolean, ms?: number): Promise<Frame>;
  close(): Promise<void>;
}

/** Speaks over a socket as a client has it, which has just been made. */
export async function talkOver(ws: WebSocketLike, user: string): Promise<Talker> {
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  ws.onmessage = ({ data }: { data: string }) => {
    frames.push(JSON.parse(data) as Frame);
    for (const look of waiting) look();
  };
  const closed = new Promise<number>((resolve) => {
    ws.onclose = ({ code }: { code: number }) => resolve(code);
  });
  await new Promise<void>((resolve) => (ws.onopen = () => resolve()));
  return {
    user,
    frames,
    closed,
    say: (frame) => ws.send(JSON.stringify(frame)),
    raw: (text) => ws.send(text.toString()),
    until: (fits, ms = PATIENCE_MS) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`${user}: no such frame; got ${JSON.stringify(frames.slice(-5))}`));
        }, ms);
        function look(): void {
          const found = frames.find(fits);
          if (found === undefined) return;
          waiting.delete(look);
          clearTimeout(late);
          resolve(found);
        }
        waiting.add(look);
        look();
      }),
    close: async () => {
      ws.close();
      await closed;
    },
  };
}
