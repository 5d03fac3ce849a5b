import { afterEach, beforeEach, vi } from "vitest";
import type { TokenRequest } from "../../src/client/api.ts";
import { Link, type LinkPorts } from "../../src/client/connection/link.ts";
import type { ServerFrame } from "../../src/protocol/frames/frame.ts";
import type { Welcome } from "../../src/protocol/frames/hello.ts";
import { LIMITS } from "./limits.ts";
import { PlayedSocket } from "./playedsocket.ts";

const links: Link[] = [];

/** Gives each test of a spec sockets and a time of its own. */
export function playedSockets(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    PlayedSocket.all.length = 0;
  });
  afterEach(() => {
    for (const link of links.splice(0)) link.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}

export const welcome = (more: Partial<Welcome> = {}): Welcome => ({
  t: "welcome",
  sessionId: `s${PlayedSocket.all.length}`,
  resume: "secret",
  user: "alice",
  epoch: "e",
  head: 0,
  expiresInMs: 600_000,
  limits: LIMITS,
  ...more,
});
export const says = (socket: PlayedSocket | undefined, frame: object): void =>
  socket?.onmessage?.({ data: JSON.stringify(frame) });
export const isOver = ({ closes }: PlayedSocket): boolean => closes > 0;
export const pass = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
export const hellos = (): unknown[] =>
  PlayedSocket.all.flatMap(({ sent }) =>
    sent.slice(0, 1).map((text) => JSON.parse(text) as unknown),
  );

/** A link, what it asks for and what comes of it. */
export function linked(options: Partial<LinkPorts["options"]> = {}, more: Partial<LinkPorts> = {}) {
  const asked: TokenRequest[] = [];
  const seen: string[] = [];
  const lost: unknown[] = [];
  const on = { frame: (_: ServerFrame): void => undefined };
  const link = new Link({
    options: {
      url: "ws://x",
      getToken: async (request) => `token.${asked.push(request)}`,
      webSocket: PlayedSocket,
      ...options,
    },
    random: () => 1,
    now: () => 5_000_000 + Date.now(),
    elapsed: () => Date.now(),
    replaces: true,
    hello: async () => ({ deviceId: "d" }),
    frame: (frame) => {
      seen.push(frame.t);
      on.frame(frame);
    },
    asking: () => false,
    lost: (refusal) => lost.push(refusal),
    changed: () => undefined,
    ...more,
  });
  links.push(link);
  /** Its newest socket opens, and is welcomed. */
  const open = async (words: object = {}): Promise<PlayedSocket> => {
    await pass();
    const socket = PlayedSocket.last;
    socket.onopen?.();
    says(socket, welcome(words));
    return socket;
  };
  const online = async (words: object = {}): Promise<PlayedSocket> => {
    link.start();
    const socket = await open(words);
    link.synced();
    return socket;
  };
  return { link, asked, seen, lost, on, open, online };
}
