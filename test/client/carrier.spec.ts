import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Carrier, webSocketOf } from "../../src/client/connection/carrier.ts";
import { ChatError } from "../../src/client/error.ts";
import type { ServerFrame } from "../../src/protocol/frames/frame.ts";
import type { Hello } from "../../src/protocol/frames/hello.ts";
import { LIMITS } from "./limits.ts";
import { welcome } from "./playedlink.ts";
import { PlayedSocket } from "./playedsocket.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const HELLO: Hello = { t: "hello", token: "x", deviceId: "d" };
const WELCOME = welcome({ sessionId: "s" });
const refusal = (code: string, retryAfterMs?: number): ServerFrame => ({
  t: "error",
  code,
  message: "",
  retryable: true,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

/** A carrier, and all that is said of it. */
function carrier(webSocket: typeof PlayedSocket = PlayedSocket) {
  const gone: unknown[][] = [];
  const [frames, warned]: [ServerFrame[], string[]] = [[], []];
  const logger = { warn: (line: string) => warned.push(line), debug: () => undefined };
  const it = new Carrier({
    options: { url: "ws://x", getToken: async () => "x", webSocket, logger },
    elapsed: () => Date.now(),
    asking: () => false,
    heard: (from, frame) => {
      from.note(frame);
      frames.push(frame);
    },
    gone: (from, ...why) => {
      expect(from).toBe(it);
      gone.push(why);
    },
  });
  /** Its socket, once it has dialled. */
  const open = async (): Promise<PlayedSocket> => {
    await it.dial(Promise.resolve(HELLO));
    PlayedSocket.last.onopen?.();
    return PlayedSocket.last;
  };
  return { it, gone, frames, warned, open };
}
const says = (socket: PlayedSocket, frame: object): void =>
  socket.onmessage?.({ data: JSON.stringify(frame) });

test("a client without a WebSocket says so", () => {
  vi.stubGlobal("WebSocket", undefined);
  const options = { url: "ws://x", getToken: async () => "x" };
  expect(() => webSocketOf(options)).toThrow(TypeError);
  vi.stubGlobal("WebSocket", PlayedSocket);
  expect(webSocketOf(options)).toBe(PlayedSocket);
});

describe("a socket of a client", () => {
  test("says hello first, and nothing else before it is welcomed or behind its end", async () => {
    const { it, open } = carrier();
    const socket = await open();
    expect([it.send({ t: "ping" }), it.session]).toEqual([false, undefined]);
    says(socket, WELCOME);
    expect([it.send({ t: "ping" }), it.session]).toEqual([
      true,
      { sessionId: "s", resume: "secret" },
    ]);
    it.end();
    expect([it.send({ t: "ping" }), it.isOver, socket.closes]).toEqual([false, true, 1]);
    expect(socket.sent.map((text) => (JSON.parse(text) as ServerFrame).t)).toEqual([
      "hello",
      "ping",
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is not opened where nobody wants it any more, and no failure is told of then", async () => {
    const made = PlayedSocket.all.length;
    for (const hello of [Promise.resolve(HELLO), Promise.reject(new Error("late"))]) {
      const { it, gone, warned } = carrier();
      const dialling = it.dial(hello);
      it.end();
      await dialling;
      expect([gone, warned]).toEqual([[], []]);
    }
    expect(PlayedSocket.all).toHaveLength(made);
  });

  test("says why there is none: by a code, if that has one, and whether there is no use in another", async () => {
    class Broken extends PlayedSocket {
      constructor() {
        super();
        throw new SyntaxError("no URL");
      }
    }
    const final = new ChatError("app.signed_out", { retryable: false });
    for (const [hello, kind, why] of [
      [Promise.reject(new Error("503")), PlayedSocket, [1006, "Error: 503", false]],
      [Promise.reject(final), PlayedSocket, [1006, "app.signed_out", true]],
      [Promise.resolve(HELLO), Broken, [1006, "url.invalid", true]],
    ] as const) {
      const { it, gone, warned } = carrier(kind);
      await it.dial(hello);
      expect([gone, warned]).toEqual([[why], ["no socket"]]);
      it.end();
    }
  });

  test("knows that its server goes away, until that takes it back", async () => {
    const { it, open } = carrier();
    const socket = await open();
    says(socket, { t: "goaway", withinMs: 9 });
    says(socket, { t: "pong", head: 1 });
    expect(it.goaway).toEqual({ t: "goaway", withinMs: 9 });
    says(socket, { t: "stay" });
    expect(it.goaway).toBeUndefined();
  });

  test("[M6] is given up when nothing comes, and any word is a sign of life, be it known here or not", async () => {
    const { it, gone, warned, open } = carrier();
    const socket = await open();
    const pong = { t: "pong", head: 0 };
    for (const word of [{ t: "new" }, WELCOME, pong, pong, pong]) {
      await vi.advanceTimersByTimeAsync(18_000);
      says(socket, word);
    }
    expect([gone, warned.length]).toEqual([[], 1]);
    await vi.advanceTimersByTimeAsync(LIMITS.idleMs + 4_000);
    expect(gone[0]).toEqual([1006, "idle"]);
    it.end();
  });
});

describe("a socket has ended", () => {
  const BEFORE = [1000, 1006, 4400, 4402, 4429, 4500, 4501, 4502];
  test("for what the server refused last, if it was not welcomed, or was closed for a refusal", async () => {
    for (const code of BEFORE)
      for (const welcomed of [false, true]) {
        const { it, open } = carrier();
        const socket = await open();
        if (welcomed) says(socket, WELCOME);
        says(socket, refusal("limit.sockets", 7));
        const refused = { reason: "limit.sockets", refusal: "limit.sockets", retryAfterMs: 7 };
        const counts = !welcomed || ![1000, 1006, 4400].includes(code);
        expect(it.why(code, "words")).toEqual(counts ? refused : { reason: "words" });
        says(socket, refusal("auth.invalid_token"));
        expect(it.why(4402, "words")).toEqual({
          reason: "auth.invalid_token",
          refusal: "auth.invalid_token",
        });
        says(socket, { t: "pong", head: 1 });
        expect(it.why(4402, "words")).toEqual({ reason: "words" });
        it.end();
      }
  });

  test("with its code, and its reason or, without one, the code again", async () => {
    const { it, gone, open } = carrier();
    (await open()).onclose?.({ code: 4400, reason: "draining" });
    (await open()).onclose?.({ code: 4403, reason: "" });
    expect(gone).toEqual([
      [4400, "draining"],
      [4403, "closed 4403"],
    ]);
    it.end();
  });
});
