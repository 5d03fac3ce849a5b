import { describe, expect, test } from "vitest";
import { UnavailableError } from "../../src/nats/publish/publication.ts";
import { rising, startStore, FACTS, until } from "./support.ts";

describe("a publisher", () => {
  test("stores what it was given, in that order, and says where", async () => {
    const { publisher, all } = await startStore();
    const texts = Array.from({ length: 3_000 }, (_, n) => `${n}`);
    const seqs = await Promise.all(texts.map((text) => publisher.publish(FACTS, text)));
    expect(rising(seqs)).toBe(true);
    expect((await all()).map(({ raw }) => raw)).toEqual(texts);
    expect(publisher.size).toBe(0);
  });

  test("answers a repeat with the place of the first", async () => {
    const { publisher, all } = await startStore();
    const first = await publisher.publish(FACTS, "once", "f:alice:a.1");
    expect(await publisher.publish(FACTS, "once", "f:alice:a.1")).toBe(first);
    expect(await all()).toHaveLength(1);
  });

  test("[L8] loses and doubles nothing when the broker is killed under it", async () => {
    const { publisher, all, crash } = await startStore();
    const where = new Map<string, number>();
    const publish = async (n: number): Promise<void> =>
      void where.set(`${n}`, await publisher.publish(FACTS, `${n}`, `f:alice:a.${n}`));
    const early = Array.from({ length: 4_000 }, (_, n) => publish(n));
    await until(() => where.size > 500);
    const crashed = crash();
    const late = Array.from({ length: 500 }, (_, n) => publish(4_000 + n));
    await Promise.all([crashed, ...early, ...late]);
    const stored = await all();
    expect(stored).toHaveLength(4_500);
    expect(new Map(stored.map(({ raw, seq }) => [raw, seq]))).toEqual(where);
  });

  test("waits for a stream that is not there yet", async () => {
    const { publisher, topology } = await startStore();
    const stored = publisher.publish("later.1", "patience");
    await publisher.publish(FACTS, "something else is stored meanwhile");
    expect(publisher.size).toBe(1);
    await topology.jsm.streams.add({ name: "LATER", subjects: ["later.*"] });
    expect(await stored).toBe(1);
  });

  test("lets what is patient wait while the broker is behind, and not otherwise", async () => {
    const { publisher, all } = await startStore();
    const patient = (text: string): Promise<number> =>
      new Promise((stored, failed) => {
        publisher.put({ subject: FACTS, yields: "patient", payload: () => text, stored, failed });
      });
    const alone = patient("alone");
    const crowd = Array.from({ length: 100 }, (_, n) => publisher.publish(FACTS, `${n}`));
    await Promise.all([alone, ...crowd]);
    const late = [patient("late"), ...crowd.map((_, n) => publisher.publish(FACTS, `+${n}`))];
    await Promise.all(late);
    const texts = (await all()).map(({ raw }) => raw);
    expect(texts.at(-1)).toBe("late");
    expect(new Set(texts).size).toBe(202);
  });

  test("refuses more than it can hold, at once", async () => {
    const { publisher, broker, link } = await startStore();
    await broker.kill();
    await until(() => !link.connected());
    const outcomes = Array.from({ length: 50_001 }, (_, n) =>
      publisher.publish(FACTS, `${n}`).catch((error: unknown) => error),
    );
    expect(await outcomes.at(-1)).toBeInstanceOf(UnavailableError);
  });
});
