import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Fact } from "../../src/events/fact.ts";
import type { Admits } from "../../src/nats/publish/admission.ts";
import { Lanes } from "../../src/nats/publish/lanes.ts";
import {
  RefusedError,
  UnavailableError,
  type Publication,
} from "../../src/nats/publish/publication.ts";
import type { Publisher } from "../../src/nats/publish/publisher.ts";
import { silent } from "../support/silent.ts";
import { FACTS, rising, startStore, until } from "./support.ts";

const sent = (n: number): Fact => ({
  type: "MessageSent",
  author: "alice",
  to: "bob",
  device: "phone",
  cid: `phone.${n}`,
  body: `${n}`,
});
const receipt = (upTo: number, read = 0): Fact => ({
  type: "MessageDelivered",
  author: "alice",
  peer: "bob",
  device: "phone",
  upTo,
  ...(read > 0 && { read }),
});

describe("a lane", () => {
  test("[A3] stores in order what is put into it, also when the broker is killed", async () => {
    const { publisher, all, crash } = await startStore();
    const lanes = new Lanes(publisher, silent, "copies");
    let stored = 0;
    const put = async (n: number): Promise<number> => {
      const { seq } = await lanes.put("alice>bob", FACTS, sent(n)).finally(() => stored++);
      return seq;
    };
    const seqs = Array.from({ length: 400 }, (_, n) => put(n));
    await until(() => stored > 100);
    await crash();
    expect(rising(await Promise.all(seqs))).toBe(true);
    const bodies = (await all()).map(({ raw }) => (JSON.parse(raw) as { body: string }).body);
    expect(bodies).toEqual(Array.from({ length: 400 }, (_, n) => `${n}`));
  });

  test("[T4] takes receipts that wait together into the highest", async () => {
    const { publisher, all } = await startStore();
    const lanes = new Lanes(publisher, silent, "copies");
    const claims = Array.from({ length: 200 }, (_, n) => receipt(200 - n, n));
    await Promise.all(claims.map((claim) => lanes.put("alice>bob", FACTS, claim)));
    const events = (await all()).map(({ raw }) => JSON.parse(raw) as Fact);
    expect(events.length).toBeLessThanOrEqual(2);
    expect(events.at(-1)).toMatchObject({ type: "MessageDelivered", upTo: 200, read: 199 });
  });

  test("lets no receipt overtake a message", async () => {
    const { publisher, all } = await startStore();
    const lanes = new Lanes(publisher, silent, "copies");
    await Promise.all(
      [receipt(1), sent(1), receipt(2), receipt(3), sent(2)].map((event) =>
        lanes.put("alice>bob", FACTS, event),
      ),
    );
    const events = (await all()).map(({ raw }) => JSON.parse(raw) as Fact);
    expect(events).toEqual([receipt(1), sent(1), receipt(3), sent(2)]);
  });
});

test("a receipt that comes while one is under way is stored after it", async () => {
  const gone: { text: string; stored: (seq: number, duplicate: boolean) => void }[] = [];
  const put = (publication: Publication): void =>
    void gone.push({
      text: publication.payload(),
      stored: (seq, duplicate) => publication.stored(seq, duplicate),
    });
  const lanes = new Lanes({ put } as unknown as Publisher, silent, "copies");
  const first = lanes.put("alice>bob", FACTS, receipt(1));
  const second = lanes.put("alice>bob", FACTS, receipt(2));
  expect(gone).toHaveLength(1);
  gone[0]?.stored(1, false);
  expect(await first).toEqual({ seq: 1, duplicate: false, event: receipt(1) });
  gone[1]?.stored(2, false);
  expect(await second).toEqual({ seq: 2, duplicate: false, event: receipt(2) });
  expect(gone.map(({ text }) => JSON.parse(text) as Fact)).toEqual([receipt(1), receipt(2)]);
});

test("a receipt told over and over while the broker is away is one publication, and one answer", async () => {
  const gone: Publication[] = [];
  const put = (publication: Publication): void => void gone.push(publication);
  const lanes = new Lanes({ put } as unknown as Publisher, silent, "facts");
  expect(lanes.takesUp("alice>bob", receipt(1))).toBe(false);
  const stored = lanes.put("alice>bob", FACTS, receipt(1));
  for (let n = 2; n <= 1_000; n++) expect(lanes.takesUp("alice>bob", receipt(n))).toBe(true);
  expect(gone.map((each) => JSON.parse(each.payload()) as Fact)).toEqual([receipt(1_000)]);
  expect(lanes.takesUp("alice>bob", receipt(1_001))).toBe(false);
  gone[0]?.stored(7, true);
  expect(await stored).toEqual({ seq: 7, duplicate: true, event: receipt(1_000) });
});

describe("a lane whose first cannot be stored", () => {
  /** A broker that refuses everything until it is told otherwise. */
  const moody = (refuses: Error | undefined = new UnavailableError("not now")) => {
    const stored: string[] = [];
    const broker: { refuses: Error | undefined; stored: string[] } = { refuses, stored };
    const put = (publication: Publication): void => {
      if (broker.refuses) publication.failed(broker.refuses);
      else publication.stored(stored.push(publication.payload()), false);
    };
    // Its answers come later, as a real one's do.
    const later = (publication: Publication): void => queueMicrotask(() => put(publication));
    return { broker, publisher: { put: later, isAway: () => false } as unknown as Publisher };
  };

  test("of a client, refuses all behind it, though the broker would take them", async () => {
    const { broker, publisher } = moody();
    const lanes = new Lanes(publisher, silent, "facts");
    const outcomes = Promise.allSettled([1, 2, 3].map((n) => lanes.put("s", FACTS, sent(n))));
    await Promise.resolve();
    broker.refuses = undefined;
    const refused = { status: "rejected", reason: new UnavailableError("not now") };
    expect(await outcomes).toEqual([refused, refused, refused]);
    expect(broker.stored).toEqual([]);
    await lanes.put("s", FACTS, sent(1));
    expect(broker.stored).toHaveLength(1);
  });

  test("of an actor, repeats until it is stored", async () => {
    const { broker, publisher } = moody();
    const lanes = new Lanes(publisher, silent, "copies");
    const seqs = [1, 2].map((n) => lanes.put("alice>bob", FACTS, sent(n)));
    broker.refuses = undefined;
    expect(await Promise.all(seqs)).toMatchObject([{ seq: 1 }, { seq: 2 }]);
  });

  test("[L12] of a client, is refused where its type is kept out, and of an actor waits for it: nothing overtakes it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { broker, publisher } = moody();
    broker.refuses = undefined;
    let known = false;
    const admits: Admits = (_, type) => known || type !== "MessageSent";
    const facts = new Lanes(publisher, silent, "facts", admits);
    await expect(facts.put("s", FACTS, sent(1))).rejects.toMatchObject({
      name: "NotAdmittedError",
    });
    const copies = new Lanes(publisher, silent, "copies", admits);
    const seqs = [copies.put("l", FACTS, sent(1)), copies.put("l", FACTS, receipt(2))];
    await vi.advanceTimersByTimeAsync(5_000);
    expect(broker.stored).toEqual([]);
    known = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await Promise.all(seqs)).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test("[A3] of an actor, waits also for one that is refused for good: nothing overtakes it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { broker, publisher } = moody(new RefusedError("too large"));
    const lanes = new Lanes(publisher, silent, "copies");
    const seqs = [1, 2].map((n) => lanes.put("alice>bob", FACTS, sent(n)));
    for (let turns = 0; turns < 5; turns++) await vi.advanceTimersByTimeAsync(10_000);
    broker.refuses = undefined;
    const late = lanes.put("alice>bob", FACTS, sent(3));
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await Promise.all([...seqs, late])).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    const bodies = broker.stored.map((text) => (JSON.parse(text) as { body: string }).body);
    expect(bodies).toEqual(["1", "2", "3"]);
  });
});
