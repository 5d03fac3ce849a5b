import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Publication } from "../../src/nats/publish/publication.ts";
import { publishing, type Gone } from "./publishing.ts";

beforeEach(() => void vi.useFakeTimers().advanceTimersByTime(1_000));
afterEach(() => void vi.useRealTimers());

/** A publisher for one stream. `isThere`: its broker answers pings. */
function channel(gathers: boolean, isThere = true) {
  const broker = publishing(isThere, () => ({ stream: "MAILBOX_0", gathers }), true);
  const outcomes: [string, number | string][] = [];
  const put = (id: string, more: Partial<Publication> = {}): void =>
    broker.publisher.put({
      subject: "fact.7.19.alice",
      id,
      payload: () => id,
      stored: (seq) => void outcomes.push([id, seq]),
      failed: ({ name }) => void outcomes.push([id, name]),
      ...more,
    });
  /** Publications that have gone out since the last look. */
  const gone = async (ms = 0): Promise<Gone[]> => {
    await vi.advanceTimersByTimeAsync(ms);
    return broker.gone.splice(0);
  };
  const ids = async (ms = 0): Promise<(string | undefined)[]> =>
    (await gone(ms)).map(({ id }) => id);
  const stores = (to: Gone | undefined, seq: number): void =>
    broker.answer(to!, `{"stream":"MAILBOX_0","seq":${seq}}`);
  const refuses = (to: Gone | undefined): void =>
    broker.answer(to!, '{"error":{"code":503,"description":"no leader"}}');
  return { ...broker, outcomes, put, gone, ids, stores, refuses };
}
type Channel = ReturnType<typeof channel>;

describe("[N1] a stream that stores nothing for five seconds, though the broker answers", () => {
  /** It is asked to store two copies and a send, and is found to be away. */
  async function away(): Promise<Channel & { first: Gone | undefined }> {
    const all = channel(false);
    all.put("copy.1", { lasting: true });
    all.put("send.1", { hasty: true });
    all.put("copy.2", { lasting: true });
    const [first] = await all.gone(5_500);
    return { ...all, first };
  }

  test("is away: what somebody waits for is refused, also when it has gone out, and what lasts waits", async () => {
    const { publisher, outcomes, put } = await away();
    expect(outcomes).toEqual([["send.1", "UnavailableError"]]);
    expect(publisher.isAway("fact.7.19.alice")).toBe(true);
    put("send.2", { hasty: true });
    put("copy.3", { lasting: true });
    expect(outcomes.slice(1)).toEqual([["send.2", "UnavailableError"]]);
    expect(publisher.size).toBe(3);
  });

  test("is asked by the oldest alone until it answers", async () => {
    const { put, ids } = await away();
    put("copy.3", { lasting: true });
    expect(new Set(await ids(10_000))).toEqual(new Set(["copy.1"]));
  });

  test("is back when it has stored one: all the others go out at once, and it serves again", async () => {
    const { publisher, first, outcomes, put, ids, stores } = await away();
    put("copy.3", { lasting: true });
    await ids();
    stores(first, 7);
    expect(await ids(1)).toEqual(["copy.2", "copy.3"]);
    expect(outcomes.slice(1)).toEqual([["copy.1", 7]]);
    expect(publisher.isAway("fact.7.19.alice")).toBe(false);
    put("send.2", { hasty: true });
    expect(await ids(1)).toEqual(["send.2"]);
  });

  test("is not away while its first five seconds behind a reconnect last", async () => {
    const { publisher, reconnect, put, gone } = channel(false);
    put("copy.1", { lasting: true });
    await gone(4_800);
    reconnect();
    await gone(4_800);
    expect(publisher.isAway("fact.7.19.alice")).toBe(false);
    await gone(1_000);
    expect(publisher.isAway("fact.7.19.alice")).toBe(true);
  });
});

describe("[L9] of those that go alone where others are gathered, eight are under way", () => {
  test("and one that is answered, if only by an error, makes room for the next", async () => {
    const all = channel(true);
    for (let n = 1; n <= 7; n++) all.put(`${n}`);
    const seven = await all.gone(1);
    all.put("8");
    const eight = [...seven, ...(await all.gone(1))];
    expect(eight).toHaveLength(8);
    for (const id of ["9", "10", "11"]) all.put(id);
    expect(await all.ids(1)).toEqual([]);
    all.refuses(eight[0]);
    expect(await all.ids(1)).toEqual(["9"]);
    all.stores(eight[1], 1);
    expect(await all.ids(1)).toEqual(["10"]);
    // An id that goes again is among the repeats, and takes none of that room.
    expect(await all.ids(2_500)).toContain("11");
  });
});

test("[L8] what is not stored within a minute is given up, and the room that it took is free", async () => {
  const all = channel(true, false);
  for (let n = 1; n <= 7; n++) all.put(`${n}`);
  await all.gone(59_000);
  expect(all.outcomes).toEqual([]);
  await all.gone(2_000);
  expect(all.outcomes).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => [`${n}`, "UnavailableError"]));
  expect(all.publisher.size).toBe(0);
  for (let n = 11; n <= 17; n++) all.put(`${n}`);
  expect(await all.ids(1)).toHaveLength(7);
});
