import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { seqOf, UnavailableError } from "../../src/nats/publish/publication.ts";
import { publishing } from "./publishing.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "setImmediate", "performance"] }));
afterEach(() => void vi.useRealTimers());

test("what is patient waits for a tenth of a second, though the broker answers nobody", async () => {
  const { publisher, gone } = publishing();
  const put = (text: string, patient: boolean): void =>
    publisher.put({
      subject: "fact.7.19.alice",
      yields: patient ? "patient" : undefined,
      payload: () => text,
      stored: () => undefined,
      failed: () => undefined,
    });
  const texts = (): string[] => gone.map(({ text }) => text);
  for (let n = 0; n < 64; n++) put(`${n}`, false);
  await Promise.resolve();
  put("patient", true);
  put("64", false);
  await vi.advanceTimersByTimeAsync(99);
  expect(texts()).toHaveLength(65);
  expect(texts()).not.toContain("patient");
  await vi.advanceTimersByTimeAsync(251);
  expect(texts()).toContain("patient");
});

describe("what is patient, for one of several streams", () => {
  /** Some that are unanswered, dealt to streams, of which the ninth has none but something patient. */
  async function crowded({ unanswered = 64, streams = 8, gathers = false } = {}) {
    const destinationAt = (subject: string) => ({ stream: subject.slice(0, 6), gathers });
    const broker = publishing(false, destinationAt, gathers);
    const { publisher, gone } = broker;
    const told = { stored: () => undefined, failed: () => undefined };
    for (let n = 0; n < unanswered; n++)
      publisher.put({ subject: `fact.${n % streams}.0.a`, payload: () => `${n}`, ...told });
    await Promise.resolve();
    publisher.put({ subject: "fact.8.0.b", yields: "patient", payload: () => "patient", ...told });
    return { ...broker, has: () => gone.some(({ text }) => text === "patient") };
  }

  test("waits while the broker is behind in others, and goes when one of those is answered", async () => {
    const { gone, answer, has } = await crowded();
    await vi.advanceTimersByTimeAsync(90);
    expect(has()).toBe(false);
    answer(gone[0]!, '{"stream":"x","seq":1}');
    await vi.advanceTimersByTimeAsync(0);
    expect(has()).toBe(true);
  });

  test("goes at once when a batch is answered, with which nobody is behind any more", async () => {
    const { gone, answer, has } = await crowded({ unanswered: 200, streams: 1, gathers: true });
    expect(has()).toBe(false);
    answer(gone[199]!, '{"stream":"x","seq":200,"count":200}');
    await vi.advanceTimersByTimeAsync(0);
    expect(has()).toBe(true);
  });

  test("goes behind a tenth of a second at the next answer, however many are left", async () => {
    const { publisher, gone, answer, has } = await crowded();
    for (let n = 0; n < 20; n++)
      void publisher.publish("fact.0.0.a", "more").catch(() => undefined);
    await vi.advanceTimersByTimeAsync(90);
    answer(gone[0]!, '{"stream":"x","seq":1}');
    await vi.advanceTimersByTimeAsync(0);
    expect(has()).toBe(false);
    await vi.advanceTimersByTimeAsync(11);
    answer(gone[1]!, '{"stream":"x","seq":2}');
    await vi.advanceTimersByTimeAsync(0);
    expect(has()).toBe(true);
  });

  test("does not wait for streams that are away", async () => {
    const { publisher, gone, answer, has } = await crowded();
    expect(has()).toBe(false);
    // One stream answers all the time, the others nothing.
    for (let ms = 0; ms < 8_000; ms += 250) {
      void publisher.publish("fact.9.0.c", `at ${ms}`);
      await vi.advanceTimersByTimeAsync(250);
      answer(
        gone.find(({ text }) => text === `at ${ms}`)!,
        `{"stream":"y","seq":${ms + 1}}`,
      );
    }
    expect(publisher.isAway("fact.0.0.a")).toBe(true);
    const put = { stored: () => undefined, failed: () => undefined, yields: "patient" } as const;
    publisher.put({ subject: "fact.9.0.d", payload: () => "soon", ...put });
    await vi.advanceTimersByTimeAsync(1);
    expect(gone.some(({ text }) => text === "soon")).toBe(true);
  });
});

describe("a publication that is not answered", () => {
  test("[L8] is repeated under the same message id, with the same payload", async () => {
    const { publisher, gone } = publishing();
    void publisher.publish("fact.0.alice", "hello", "f:alice:a.1");
    await vi.advanceTimersByTimeAsync(7_000);
    expect(gone.length).toBeGreaterThan(2);
    expect(new Set(gone.map(({ text, id }) => `${id} ${text}`))).toEqual(
      new Set(["f:alice:a.1 hello"]),
    );
  });

  test("among others keeps its own id", async () => {
    const { publisher, gone } = publishing();
    for (const n of [1, 2, 3]) void publisher.publish("fact.0.alice", `${n}`, `f:alice:a.${n}`);
    void publisher.publish("fact.0.alice", "none");
    await vi.advanceTimersByTimeAsync(7_000);
    const ids = new Set(gone.map(({ text, id }) => `${text} ${id}`));
    const named = [1, 2, 3].map((n) => `${n} f:alice:a.${n}`);
    expect(ids).toEqual(new Set([...named, "none undefined"]));
  });
});

describe("a publish answer", () => {
  test.each([
    ['{"error":{"code":503,"err_code":10008,"description":"no leader"},"stream":"M","seq":0}'],
    ['{"stream":"M","seq":7,"error":{"code":500,"description":"insufficient resources"}}'],
    [""],
    ["{}"],
  ])("[L8] with an error, or without a seq, is not taken for stored: %s", async (refusal) => {
    expect(seqOf(refusal)).toBeUndefined();
    const { publisher, gone, answer } = publishing();
    const outcome = vi.fn();
    void publisher.publish("fact.0.alice", "hello", "f:alice:a.1").then(outcome);
    await vi.advanceTimersByTimeAsync(0);
    answer(gone[0]!, refusal);
    await vi.advanceTimersByTimeAsync(500);
    expect(outcome).not.toHaveBeenCalled();
    expect(gone).toHaveLength(2);
    answer(gone[1]!, '{"stream":"M","seq":9}');
    await vi.advanceTimersByTimeAsync(0);
    expect(outcome).toHaveBeenCalledWith(9);
  });
});

test("[N1] one who is alone with a stream that is away is refused as soon as the broker says that nobody takes it, and soon where it says nothing", async () => {
  const { publisher, gone, answer } = publishing(true);
  const subject = "fact.7.19.alice";
  const hasty = (): { after?: number } => {
    const [since, outcome]: [number, { after?: number }] = [performance.now(), {}];
    const failed = (): void => void (outcome.after = performance.now() - since);
    publisher.put({ subject, hasty: true, payload: () => "x", stored: () => undefined, failed });
    return outcome;
  };
  await vi.advanceTimersByTimeAsync(1);
  const first = hasty();
  await vi.advanceTimersByTimeAsync(6_000);
  expect(first.after).toBeGreaterThan(5_000);
  const silently = hasty();
  expect(publisher.refuses(subject)).toBe(true);
  expect(hasty().after).toBe(0);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(silently.after).toBeLessThan(1_000);
  expect([publisher.isAway(subject), publisher.refuses(subject)]).toEqual([true, false]);
  const answered = hasty();
  await vi.advanceTimersByTimeAsync(1);
  answer(gone.at(-1)!, "");
  expect(answered.after).toBe(1);
});

test("those that wait behind what is not answered are given up after a minute, too", async () => {
  const { publisher } = publishing();
  const outcomes = Array.from({ length: 5_000 }, (_, n) =>
    publisher.publish("fact.0.alice", `${n}`).catch((error: unknown) => error),
  );
  await vi.advanceTimersByTimeAsync(59_500);
  expect(publisher.size).toBe(5_000);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(publisher.size).toBe(0);
  for (const outcome of await Promise.all(outcomes))
    expect(outcome).toBeInstanceOf(UnavailableError);
});

test("[N1] what a stream has not answered is repeated behind a quarter of a second where its answers take some ms, and else behind two seconds", async () => {
  const { publisher, gone, answer } = publishing();
  const put = async (text: string): Promise<void> => {
    void publisher.publish("fact.7.19.alice", text).catch(() => undefined);
    await vi.advanceTimersByTimeAsync(1);
  };
  const times = (text: string): number => gone.filter((each) => each.text === text).length;
  // Nothing is known yet of how long answers take.
  await put("first");
  await vi.advanceTimersByTimeAsync(1_750);
  expect(times("first")).toBe(1);
  await vi.advanceTimersByTimeAsync(500);
  expect(times("first")).toBe(2);
  answer(gone.at(-1)!, '{"seq":1}');
  for (let seq = 2; seq < 400; seq++) {
    await put(`${seq}`);
    answer(gone.at(-1)!, `{"seq":${seq}}`);
  }
  expect(publisher.size).toBe(0);
  await put("quick");
  await vi.advanceTimersByTimeAsync(500);
  expect(times("quick")).toBe(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(times("quick")).toBe(2);
  // A stall is not answered with as many repeats.
  for (let n = 0; n < 65; n++) await put(`many ${n}`);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(times("many 64")).toBe(1);
});
