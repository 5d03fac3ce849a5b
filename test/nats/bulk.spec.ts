import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { UnavailableError } from "../../src/nats/publish/publication.ts";
import { publishing, type Gone } from "./publishing.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "setImmediate", "performance"] }));
afterEach(() => void vi.useRealTimers());

describe("words of groups", () => {
  /** A thousand of them, and how to put more. */
  async function crowd() {
    const broker = publishing();
    const put = (text: string, bulk: boolean, failed: (error: Error) => void = () => undefined) =>
      broker.publisher.put({
        subject: bulk ? "copy.7.19.g-room" : "fact.7.19.alice",
        yields: bulk ? "bulk" : undefined,
        payload: () => text,
        stored: () => undefined,
        failed,
      });
    for (let n = 0; n < 1000; n++) put(`${n}`, true);
    await Promise.resolve();
    expect(broker.gone).toHaveLength(4);
    await vi.advanceTimersByTimeAsync(8);
    return { ...broker, put, texts: () => broker.gone.map(({ text }) => text) };
  }

  test("go out four in a turn of the loop, 16 at a time, in their order, and what else there is goes ahead", async () => {
    const { put, texts, gone, answer } = await crowd();
    expect(texts()).toHaveLength(16);
    put("alice", false);
    await vi.advanceTimersByTimeAsync(1);
    expect(texts().slice(16)).toEqual(["alice"]);
    for (let n = 0; gone[n] !== undefined; n++) {
      answer(gone[n] as Gone, `{"seq":${n}}`);
      await vi.advanceTimersByTimeAsync(1);
      expect(gone.length - n - 1).toBeLessThanOrEqual(17);
    }
    expect(texts().filter((text) => text !== "alice")).toEqual([...Array(1000).keys()].map(String));
  });

  test("make room for the next also where one is refused or given up", async () => {
    const { put, texts, gone, answer } = await crowd();
    answer(gone[0] as Gone, '{"seq":1}');
    await vi.advanceTimersByTimeAsync(1);
    expect(texts()).toHaveLength(17);
    const given: Error[] = [];
    put("late", true, (error) => given.push(error));
    await vi.advanceTimersByTimeAsync(61_000);
    expect(given).toEqual([expect.any(UnavailableError)]);
    const before = texts().length;
    for (let n = 0; n < 16; n++) put(`again ${n}`, true);
    await vi.advanceTimersByTimeAsync(8);
    expect(texts().slice(before)).toHaveLength(16);
  });

  test("keep no receipt waiting, to however many streams they go: they do not say that the broker is behind", async () => {
    const { publisher, gone } = publishing(false, (subject) => ({
      stream: subject.slice(0, 6),
      gathers: false,
    }));
    const told = { stored: () => undefined, failed: () => undefined };
    for (let n = 0; n < 1_000; n++)
      publisher.put({
        subject: `fact.${n % 8}.0.a`,
        yields: "bulk",
        payload: () => `${n}`,
        ...told,
      });
    await vi.advanceTimersByTimeAsync(8);
    expect(gone).toHaveLength(8 * 16);
    publisher.put({ subject: "fact.8.0.b", yields: "patient", payload: () => "receipt", ...told });
    await vi.advanceTimersByTimeAsync(1);
    expect(gone.at(-1)?.text).toBe("receipt");
  });
});
