import { once } from "node:events";
import { WebSocket } from "ws";
import type { Since } from "../../src/protocol/frames/hello.ts";
import type { App } from "./app.ts";
import { PATIENCE_MS } from "./patience.ts";
import type { Frame, Talker } from "./talker.ts";

export type { Frame };

/** A device that speaks the protocol by hand over a real socket. */
export interface Device extends Talker {
  readonly ws: WebSocket;
}

/** Where a device connects to, and how it is known there. */
export type Reachable = Pick<App, "url" | "wsUrl" | "token">;

/** Opens a socket without saying hello. */
export async function dial(app: Reachable, user = ""): Promise<Device> {
  const ws = new WebSocket(app.wsUrl, { origin: app.url });
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  ws.on("message", (data) => {
    frames.push(JSON.parse((data as Buffer).toString()) as Frame);
    for (const look of waiting) look();
  });
  ws.on("error", () => undefined);
  const closed = new Promise<number>((resolve) => ws.once("close", (code) => resolve(code)));
  await once(ws, "open");
  return {
    user,
    frames,
    ws,
    closed,
    say: (frame) => ws.send(JSON.stringify(frame)),
    raw: (text) => ws.send(text),
    until: (fits, ms = PATIENCE_MS) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = frames.find(fits);
          if (found === undefined) return;
          waiting.delete(look);
          clearTimeout(timer);
          resolve(found);
        };
        const fail = (when: string): void => {
          waiting.delete(look);
          clearTimeout(timer);
          const last = frames.slice(-5).map((frame) => JSON.stringify(frame));
          reject(new Error(`${user}: no such frame ${when}; got ${last.join(" ")}`));
        };
        const timer = setTimeout(() => fail(`in ${ms} ms`), ms);
        waiting.add(look);
        look();
        void closed.then((code) => fail(`until it was closed with ${code}`));
      }),
    close: async () => {
      ws.close();
      await closed;
    },
  };
}

/** Opens a socket and says hello; resolves when history has been received. */
export async function device(
  app: Reachable,
  user: string,
  since?: Omit<Since, "mailbox">,
): Promise<Device> {
  const token = await app.token(user);
  const opened = await dial(app, user);
  const cursor = since === undefined ? {} : { since: [{ mailbox: user, ...since }] };
  opened.say({ t: "hello", token, deviceId: `${user}-device`, ...cursor });
  await opened.until((frame) => frame.t === "caughtUp" || frame.t === "resync");
  return opened;
}
