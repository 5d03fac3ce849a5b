import { describe, expect, test } from "vitest";
import type { TokenRequest } from "../../src/client/api.ts";
import { Renewal } from "../../src/client/connection/renewal.ts";
import { Tokens } from "../../src/client/connection/tokens.ts";
import { ChatError } from "../../src/client/error.ts";
import type { ClientFrame } from "../../src/protocol/frames/frame.ts";
import { modelServer, pass } from "./devices.ts";

modelServer();

/** A session whose app gives a numbered token, or does what the spec says. */
function session(random = 0.5) {
  const asked: TokenRequest["reason"][] = [];
  const [sent, ends]: [ClientFrame[], unknown[]] = [[], []];
  const app = { gives: async (): Promise<string> => `token-${asked.length}` };
  const renewal = new Renewal({
    tokens: new Tokens(({ reason }) => {
      asked.push(reason);
      return app.gives();
    }),
    random: () => random,
    send: (frame) => sent.push(frame),
    over: (error) => ends.push(error),
  });
  const refused = (code: string, retryAfterMs?: number, ref = ":refresh"): void => {
    const more = retryAfterMs === undefined ? {} : { retryAfterMs };
    renewal.refused({ t: "error", code, message: "", retryable: true, ref, ...more });
  };
  /** Seconds until the app is asked again. */
  const waits = async (): Promise<number> => {
    const before = asked.length;
    for (let ms = 0; ms < 120_000; ms += 500) {
      if (asked.length > before) return ms / 1_000;
      await pass(500);
    }
    return Infinity;
  };
  return { renewal, app, asked, sent, ends, refused, waits };
}

describe("a session's token", () => {
  test.each([
    [0, 600_000, 420_000],
    [0.25, 600_000, 450_000],
    [0, 1, 2_000],
    [0, 1e13, 2 ** 31 - 1],
  ])(
    "[M12] with %d at random, good for %d ms, is followed by a fresh one at %d ms",
    async (random, goodMs, ms) => {
      const { renewal, sent, asked } = session(random);
      renewal.start(goodMs);
      await pass(ms - 1);
      expect(asked).toEqual([]);
      await pass(1);
      expect(sent).toEqual([{ t: "refresh", token: "token-1", ref: ":refresh" }]);
      expect(asked).toEqual(["refresh"]);
    },
  );

  test("[M12] is followed by one fresh one, as its last start says", async () => {
    const { renewal, asked } = session();
    renewal.start(10_000);
    renewal.start(100_000);
    await pass(79_000);
    expect(asked).toEqual([]);
    await pass(3_600_000);
    expect(asked).toEqual(["refresh"]);
  });
});

describe("a fresh token that is refused", () => {
  test("[C6] is followed by another, later each time, and soon again behind one that was taken", async () => {
    const { renewal, refused, waits, asked } = session();
    renewal.start(10_000);
    expect(await waits()).toBe(8);
    const waited: number[] = [];
    for (let n = 0; n < 7; n++) {
      refused("rate_limited");
      waited.push(await waits());
    }
    expect(waited).toEqual([2, 4, 8, 16, 32, 60, 60]);
    renewal.start(10_000);
    expect(await waits()).toBe(8);
    refused("auth.invalid_token");
    expect(await waits()).toBe(2);
    renewal.start(10_000);
    await waits();
    expect(asked).toEqual([...Array<string>(9).fill("refresh"), "refused", "refresh"]);
  });

  test("is followed by none before the server wants it, and nothing of that is about another frame", async () => {
    const { renewal, refused, waits, asked } = session();
    renewal.start(10_000);
    await waits();
    refused("rate_limited", 30_000);
    expect(await waits()).toBe(30);
    refused("rate_limited", 1);
    expect(await waits()).toBe(4);
    refused("auth.invalid_token", undefined, "bob");
    await pass(3_600_000);
    expect(asked).toHaveLength(3);
  });
});

describe("an app", () => {
  test("[C6] that has no token now is asked again, and ends the session where it will have none", async () => {
    const { renewal, app, sent, ends, waits } = session();
    const { gives } = app;
    app.gives = () => Promise.reject(new Error("503"));
    renewal.start(10_000);
    expect([await waits(), await waits(), await waits()]).toEqual([8, 2, 4]);
    expect([sent, ends]).toEqual([[], []]);
    app.gives = gives;
    await waits();
    expect(sent).toHaveLength(1);
    renewal.start(10_000);
    const end = new ChatError("app.signed_out", { retryable: false });
    app.gives = () => Promise.reject(end);
    await waits();
    await pass(3_600_000);
    expect(ends).toMatchObject([{ code: "app.signed_out" }]);
  });

  test("is not waited for behind the end of its session, whatever it says then", async () => {
    const final = new ChatError("app.signed_out", { retryable: false });
    for (const say of [
      () => "late",
      () => Promise.reject(final),
      () => Promise.reject(new Error()),
    ]) {
      const { renewal, app, asked, sent, ends, waits } = session();
      let answer: (late: string | Promise<never>) => void = () => undefined;
      app.gives = () => new Promise<string>((resolve) => (answer = resolve));
      renewal.start(10_000);
      await waits();
      renewal.stop();
      answer(say());
      await pass(3_600_000);
      expect([asked.length, sent, ends]).toEqual([1, [], []]);
      renewal.start(10_000);
      renewal.stop();
      await pass(3_600_000);
      expect(asked).toHaveLength(1);
    }
  });
});
