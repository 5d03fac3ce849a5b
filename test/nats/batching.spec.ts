import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { publishing, type Gone } from "./publishing.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A publisher for one stream that takes batches, and what has become of each publication. */
function gathering() {
  const broker = publishing(true, () => ({ stream: "MAILBOX_0", gathers: true }), true);
  const stored = new Map<string, number[]>();
  const failed = new Map<string, string>();
  const put = (from: number, to: number, text = (n: number): string => `${n}`): void => {
    for (let n = from; n <= to; n++)
      broker.publisher.put({
        subject: "fact.7.19.alice",
        id: `f:${n}`,
        payload: () => text(n),
        stored: (seq) => void stored.set(`${n}`, [...(stored.get(`${n}`) ?? []), seq]),
        failed: ({ name }) => void failed.set(`${n}`, name),
      });
  };
  /** Publications that have gone out since the last look. */
  const gone = async (ms = 0): Promise<Gone[]> => {
    await vi.advanceTimersByTimeAsync(ms);
    return broker.gone.splice(0);
  };
  const says = (to: Gone | undefined, text: string): void => {
    if (to !== undefined) broker.answer(to, text);
  };
  return { ...broker, stored, failed, put, gone, says };
}
const ids = (all: readonly Gone[]) => all.map(({ id }) => id);
const names = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `f:${from + i}`);
const ERROR = '{"error":{"code":400,"description":"duplicate message id"}}';
const isBatch = ({ headers }: Gone): boolean => headers.includes("Nats-Batch-Id");

test("[L9] what comes in one turn goes out as one batch, whose answer says the seq of each; what comes meanwhile goes as the next", async () => {
  const { stored, put, gone, says } = gathering();
  put(1, 20);
  const first = await gone();
  expect(ids(first)).toEqual(names(1, 20));
  expect(first.map(({ headers }) => /Sequence: (\d+)/.exec(headers)?.[1])).toEqual(
    first.map((_, i) => `${i + 1}`),
  );
  expect(first.filter(({ headers }) => headers.includes("Commit: 1"))).toEqual([first.at(-1)]);
  expect(new Set(first.map(({ headers }) => /Batch-Id: (.*)\r/.exec(headers)?.[1])).size).toBe(1);
  put(21, 30);
  put(31, 32);
  expect(await gone(100)).toEqual([]);
  says(first.at(-1), '{"stream":"MAILBOX_0","seq":120,"batch":"x","count":20}');
  expect([...stored]).toEqual(names(1, 20).map((id, i) => [id.slice(2), [101 + i]]));
  const second = await gone();
  expect(ids(second)).toEqual(names(21, 32));
  expect(second.every(isBatch)).toBe(true);
  // The answer to the first, once more, says nothing of anybody.
  says(first.at(-1), '{"stream":"MAILBOX_0","seq":120,"batch":"x","count":20}');
  expect(stored.size).toBe(20);
});

test("[L9] a batch that is refused is taken apart at once: each goes alone, in their order and under its own id, and is stored once", async () => {
  const { stored, put, gone, says } = gathering();
  put(1, 20);
  const first = await gone();
  says(first.at(-1), ERROR);
  const alone = await gone();
  expect(ids(alone)).toEqual(names(1, 20));
  expect(alone.some(isBatch)).toBe(false);
  for (const [i, each] of alone.entries()) {
    says(each, `{"stream":"MAILBOX_0","seq":${i + 1}${i === 2 ? ',"duplicate":true' : ""}}`);
    says(each, `{"stream":"MAILBOX_0","seq":${i + 900}}`);
  }
  says(first.at(-1), '{"stream":"MAILBOX_0","seq":999,"count":20}');
  expect([...stored.values()]).toEqual(alone.map((_, i) => [i + 1]));
  // Batches go on.
  put(21, 30);
  expect((await gone()).every(isBatch)).toBe(true);
});

test("[L9] a batch that is not answered is taken apart behind two seconds, and a late answer to it counts for nothing", async () => {
  const { stored, put, gone, says } = gathering();
  put(1, 12);
  const first = await gone();
  expect(await gone(1_900)).toEqual([]);
  const alone = await gone(400);
  expect(ids(alone)).toEqual(names(1, 12));
  expect(alone.some(isBatch)).toBe(false);
  says(first.at(-1), '{"stream":"MAILBOX_0","seq":12,"count":12}');
  expect(stored.size).toBe(0);
  // The broker has the batch after all: it says so of each.
  for (const [i, each] of alone.entries())
    says(each, `{"stream":"MAILBOX_0","seq":${i + 1},"duplicate":true}`);
  expect([...stored.values()]).toEqual(alone.map((_, i) => [i + 1]));
});

test("[L8][L9] one that is larger than the broker takes is refused, and of a batch it alone", async () => {
  const { at, stored, failed, put, gone, says } = gathering();
  at.bytesMax = 100;
  put(1, 12, (n) => (n === 5 ? "x".repeat(101) : `${n}`));
  const all = await gone();
  // Four of the batch had gone; the broker makes none of them.
  const alone = all.filter((each) => !isBatch(each));
  expect(ids(alone)).toEqual(names(1, 12).filter((id) => id !== "f:5"));
  expect([...failed]).toEqual([["5", "RefusedError"]]);
  for (const [i, each] of alone.entries()) says(each, `{"stream":"MAILBOX_0","seq":${i + 1}}`);
  expect(stored.size).toBe(11);
});

test("[L8] what is put without a connection goes out with the next one, each alone and in their order", async () => {
  const { at, publisher, reconnect, put, gone, says, stored } = gathering();
  at.connected = false;
  put(1, 12);
  expect(await gone(500)).toEqual([]);
  expect(publisher.size).toBe(12);
  at.connected = true;
  reconnect();
  const alone = await gone();
  expect(ids(alone)).toEqual(names(1, 12));
  expect(alone.some(isBatch)).toBe(false);
  for (const [i, each] of alone.entries()) says(each, `{"stream":"MAILBOX_0","seq":${i + 1}}`);
  expect([stored.size, publisher.size]).toEqual([12, 0]);
});

test("[L8] what was under way when the connection broke goes out again with the next one, a batch as well", async () => {
  const { reconnect, put, gone } = gathering();
  put(1, 3);
  put(4, 12);
  const first = await gone();
  reconnect();
  const again = await gone();
  expect(again).toHaveLength(12);
  expect(new Set(ids(again))).toEqual(new Set(ids(first)));
  expect(again.some(isBatch)).toBe(false);
});

test("[L8] an answer that says an error is never taken for stored: it is asked again a quarter of a second later", async () => {
  const { put, gone, says, stored } = gathering();
  put(1, 1);
  const [first] = await gone();
  says(first, '{"error":{"code":503,"description":"no leader"},"stream":"MAILBOX_0","seq":5}');
  expect(stored.size).toBe(0);
  expect(await gone(249)).toEqual([]);
  const [again] = await gone(251);
  expect(again?.id).toBe("f:1");
  says(again, '{"stream":"MAILBOX_0","seq":5}');
  expect([...stored]).toEqual([["1", [5]]]);
});

test("[L8] one that compares is refused where another entry is the last, which is named, and asked again where the broker says anything else", async () => {
  const { publisher, gone, says, put } = gathering();
  const outcomes: unknown[] = [];
  const replace = (after: number): void =>
    void publisher.replace("fact.7.19.g", "{}", after).then(
      (seq) => outcomes.push(seq),
      (error: unknown) => outcomes.push(error),
    );
  replace(7);
  replace(0);
  const [first, second] = await gone();
  expect([first?.headers, second?.headers]).toEqual([
    expect.stringContaining("Nats-Expected-Last-Subject-Sequence: 7\r\n"),
    expect.stringContaining("Nats-Expected-Last-Subject-Sequence: 0\r\n"),
  ]);
  says(first, '{"error":{"code":400,"description":"wrong last sequence: 42"}}');
  says(second, '{"error":{"code":503,"description":"no leader"}}');
  await gone();
  expect(outcomes).toMatchObject([{ name: "OutrunError", last: 42 }]);
  const [again] = await gone(500);
  says(again, '{"error":{"code":400,"description":"wrong last sequence"}}');
  await gone();
  expect(outcomes.slice(1)).toMatchObject([{ name: "OutrunError", last: undefined }]);
  // One that does not compare is no matter of that.
  put(1, 1);
  const [plain] = await gone();
  says(plain, '{"error":{"code":400,"description":"wrong last sequence: 42"}}');
  expect(publisher.size).toBe(1);
});
