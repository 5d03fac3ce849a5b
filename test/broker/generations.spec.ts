import { expect, test } from "vitest";
import { lastOwner, putOwner } from "../../src/nats/owners.ts";
import { RolledBackError } from "../../src/events/source.ts";
import { assertReached } from "../../src/nats/read/reached.ts";
import { COPIES, FACTS, startStore, until, type Store } from "./support.ts";

const before = "1795506005464000000";

/** The stream says that it goes on in another generation from `from` on. */
async function mark(store: Store, generation: number, from: number): Promise<number> {
  const last = (await lastOwner(store.topology.jsm, 0))!;
  const marks = [...last.owner.marks, { generation, from, before }];
  const owner = { ...last.owner, type: "GenerationBegan", marks } as const;
  return (await putOwner(store.link.nc, 0, owner, last.seq))!;
}

test("readers of a stream give each entry its generation, also those that lie before the mark", async () => {
  const store = await startStore();
  const own: number[] = [];
  for (let i = 0; i < 6; i++)
    own.push(await store.publisher.publish(i % 2 === 0 ? FACTS : COPIES, `${i}`));
  await mark(store, 1, own[4] ?? 0);
  own.push(await store.publisher.publish(FACTS, "behind"));
  const expected = [0, 0, 0, 0, 1, 1, 1];
  expect((await store.all()).map(({ generation }) => generation)).toEqual(expected);
  const read: (number | undefined)[] = [];
  for await (const { entries } of store.mailboxes.read("alice", 0, own.at(-1) ?? 0))
    read.push(...entries.map(({ generation }) => generation));
  expect(read).toEqual(expected);
});

test("a reader that is under way when a generation begins gives what comes then its generation", async () => {
  const store = await startStore();
  const heard: (number | undefined)[] = [];
  store.follow(0, (batch) => void heard.push(...batch.map(({ generation }) => generation)));
  await store.publisher.publish(FACTS, "1");
  await until(() => heard.length === 1);
  const at = await mark(store, 1, 3);
  expect(at).toBe(3);
  await store.publisher.publish(FACTS, "2");
  await until(() => heard.length === 2);
  expect(heard).toEqual([0, 1]);
});

test("a reader is told that what it has read is gone: by a log that ends before it, or a generation begun below it", async () => {
  const { topology, ...store } = await startStore();
  for (let n = 1; n <= 4; n++) await store.publisher.publish(FACTS, `${n}`);
  const reached = (seq: number): Promise<void> =>
    assertReached(topology, "MAILBOX_0", { seq, generation: 0 });
  await reached(5);
  await expect(reached(6)).rejects.toThrow(RolledBackError);
  await mark({ topology, ...store }, 1, 5);
  topology.owners.replace(0, (await lastOwner(topology.jsm, 0))!);
  await reached(4);
  await expect(reached(5)).rejects.toThrow(RolledBackError);
});
