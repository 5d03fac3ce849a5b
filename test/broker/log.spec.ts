import { describe, expect, test } from "vitest";
import { factSubject } from "../../src/nats/subjects.ts";
import { MailboxLog } from "../../src/nats/read/log.ts";
import { redeal } from "../support/redeal.ts";
import { COPIES, FACTS, rising, startStore, until, type Store } from "./support.ts";
import { streamsOf } from "../support/streams.ts";

/** Stores so many entries of alice's mailbox, facts and copies mixed, and one of bob's after each. */
async function fill({ publisher }: Store, count: number, text = ""): Promise<number[]> {
  const own: Promise<number>[] = [];
  for (let i = 0; i < count; i++) {
    own.push(publisher.publish(i % 3 === 0 ? FACTS : COPIES, `${i}${text}`));
    void publisher.publish(factSubject("bob"), "not for alice");
  }
  return Promise.all(own);
}

async function read(store: Store, after: number, upTo: number) {
  const pages = [];
  for await (const page of store.mailboxes.read("alice", after, upTo)) pages.push(page);
  return { pages, seqs: pages.flatMap(({ entries }) => entries.map(({ seq }) => seq)) };
}

describe("a mailbox in the log", () => {
  test("is read in order from both its subjects, and nobody else's", async () => {
    const store = await startStore();
    const own = await fill(store, 4_000);
    const { pages, seqs } = await read(store, 0, own.at(-1) ?? 0);
    expect(seqs).toEqual(own);
    expect(pages.length).toBeGreaterThan(2);
    expect(pages[0]?.entries.slice(0, 3)).toMatchObject([
      { kind: "fact", owner: "alice", raw: "0" },
      { kind: "copy", owner: "alice", raw: "1" },
      { kind: "copy", owner: "alice", raw: "2" },
    ]);
  });

  test("is read between any two entries", async () => {
    const store = await startStore();
    const own = await fill(store, 700);
    for (const [from, to] of [
      [0, 0],
      [10, 11],
      [10, 650],
      [698, 699],
      [699, 699],
    ] as const) {
      const expected = own.slice(from + 1, to + 1);
      expect((await read(store, own[from] ?? 0, own[to] ?? 0)).seqs).toEqual(expected);
    }
  });

  test("is read whole when its entries are as large as they may be", async () => {
    const store = await startStore();
    const own = await fill(store, 30, "x".repeat(100 * 1024));
    expect((await read(store, 0, own.at(-1) ?? 0)).seqs).toEqual(own);
  });

  test("[L11] is not read behind an entry of another layout by a process that began before it", async () => {
    const store = await startStore();
    const { link, topology, mailboxes, publisher } = store;
    const taken: number[] = [];
    store.follow(0, (batch) => void taken.push(...batch.map(({ seq }) => seq)));
    const before = await publisher.publish(FACTS, "before");
    await until(() => taken.length === 1);
    await redeal(store.broker.url, 2);
    const behind = await publisher.publish(FACTS, "behind");
    await expect(topology.owners.dealtAnew).rejects.toThrow("it has to start again");
    await expect(mailboxes.head("alice")).rejects.toThrow("MAILBOX_0 is of layout 2");
    const anew = new MailboxLog(link, await streamsOf(link, { partitions: 1, replicas: 1 }));
    anew.start();
    expect(await anew.head("alice")).toBe(behind);
    anew.stop();
    expect(taken).toEqual([before]);
  });

  test("[M4] is read whole when very many are read at once, and grow meanwhile", async () => {
    const { publisher, mailboxes } = await startStore();
    const users = Array.from({ length: 300 }, (_, i) => `user-${i}`);
    const own = new Map<string, number[]>(users.map((user) => [user, []]));
    const write = async (rounds: number): Promise<void> => {
      for (let i = 0; i < rounds; i++)
        await Promise.all(
          users.map(async (user) => {
            const seq = await publisher.publish(factSubject(user), "{}");
            own.get(user)?.push(seq);
          }),
        );
    };
    await write(50);
    const goals = [...own].map(([user, seqs]) => ({
      user,
      upTo: seqs.at(-1) ?? 0,
      wanted: [...seqs],
    }));
    const growing = write(3);
    // Two devices each.
    const reads = [...goals, ...goals].map(async ({ user, upTo, wanted }) => {
      const seqs: number[] = [];
      for await (const { entries } of mailboxes.read(user, 0, upTo))
        seqs.push(...entries.map(({ seq }) => seq));
      expect(seqs).toEqual(wanted);
    });
    await Promise.all([growing, ...reads]);
  });

  test("that nobody has written to is empty", async () => {
    const store = await startStore();
    expect((await read(store, 0, 1)).seqs).toEqual([]);
    expect(await store.mailboxes.head("alice")).toBe(0);
  });

  test("reaches as far as its newest entry, whichever kind it is", async () => {
    const store = await startStore();
    const own = await fill(store, 2);
    expect(await store.mailboxes.head("alice")).toBe(own[1]);
    const fact = await store.publisher.publish(FACTS, "again");
    expect(await store.mailboxes.head("alice")).toBe(fact);
  });

  test("has no gap up to where it reaches, while it grows", async () => {
    const store = await startStore();
    const seen: number[] = [];
    let own: number[] | undefined;
    const growing = fill(store, 5_000).then((seqs) => (own = seqs));
    for (let last = 0; own === undefined || last < (own.at(-1) ?? 0);) {
      const head = await store.mailboxes.head("alice");
      seen.push(...(await read(store, last, head)).seqs);
      last = head;
    }
    await growing;
    expect(rising(seen)).toBe(true);
    expect(seen).toEqual(own);
  });
});
