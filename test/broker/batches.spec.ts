import { describe, expect, test } from "vitest";
import { OutrunError } from "../../src/events/record.ts";
import { gathersIn } from "../../src/nats/durability.ts";
import { putOwner } from "../../src/nats/owners.ts";
import { facts } from "../../src/nats/publish/facts.ts";
import { factSubject } from "../../src/nats/subjects.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";
import { publishAll, put, sizes, stored, texts } from "./batches.ts";
import { COPIES, startStore, until } from "./support.ts";

describe("where the broker flushes every write, a publisher", () => {
  test("[L9] stores what a turn gathers as one batch, in its order, and says where each lies", async () => {
    const store = await startStore({ synced: true });
    const seqs = await publishAll(store.publisher, texts(100));
    expect(seqs).toEqual(texts(100).map((_, i) => i + 2));
    const found = await stored(store);
    expect(found.map(({ text }) => text)).toEqual(texts(100));
    expect(sizes(found)).toEqual([100]);
    expect(store.publisher.size).toBe(0);
  });

  test("sends one alone, and few one by one", async () => {
    const store = await startStore({ synced: true });
    await publishAll(store.publisher, ["alone"]);
    await publishAll(store.publisher, texts(7));
    expect(sizes(await stored(store))).toEqual(Array(8).fill(1));
  });

  test("sends 256 of 257 as one batch, and the last one behind it", async () => {
    const store = await startStore({ synced: true });
    const seqs = await publishAll(store.publisher, texts(257));
    expect(seqs).toEqual(texts(257).map((_, i) => i + 2));
    expect(sizes(await stored(store))).toEqual([256, 1]);
  });

  test("gathers while a batch is under way, so that nothing overtakes it", async () => {
    const store = await startStore({ synced: true });
    const { publisher } = store;
    const first = publishAll(publisher, texts(200));
    await Promise.resolve();
    const later = Promise.all(texts(50).map((text) => publisher.publish(COPIES, `+${text}`)));
    await Promise.all([first, later]);
    const found = await stored(store);
    expect(found.map(({ text }) => text)).toEqual([
      ...texts(200),
      ...texts(50).map((text) => `+${text}`),
    ]);
    expect(sizes(found)).toEqual([200, 50]);
  });

  test("sends at most 256 KiB as one batch", async () => {
    const store = await startStore({ synced: true });
    const large = texts(40).map((text) => text.padEnd(16_000, " "));
    await publishAll(store.publisher, large);
    const found = await stored(store);
    expect(found.map(({ text }) => text)).toEqual(large);
    expect(sizes(found)).toEqual([16, 16, 8]);
  });

  test("gathers nothing for other streams", async () => {
    const { publisher, topology } = await startStore({ synced: true });
    await topology.jsm.streams.add({ name: "OTHER", subjects: ["other.*"] });
    await Promise.all(texts(50).map((text) => publisher.publish("other.1", text)));
    const message = await topology.jsm.streams.getMessage("OTHER", { seq: 50 });
    expect(message?.string()).toBe("49");
    expect(message?.header.has("Nats-Batch-Id")).toBe(false);
  });
});

test("in the other classes nothing is gathered: each entry comes alone", async () => {
  const store = await startStore();
  await publishAll(store.publisher, texts(100));
  expect(sizes(await stored(store))).toEqual(Array(100).fill(1));
  for (const durability of ["stored", "replicated", "replicated+synced"] as const)
    expect(gathersIn(durability)).toBe(false);
});

test("what was stored with one SYNC is there with the other, and goes on", async () => {
  const dir = folder();
  const turns = [false, true, false, true];
  const seen: number[] = [];
  for (const [turn, synced] of turns.entries()) {
    const store = await startStore({ synced, dir });
    const names = texts(20).map((text) => `${turn}.${text}`);
    await publishAll(store.publisher, names);
    seen.splice(0, seen.length, ...sizes(await stored(store)));
    await store.broker.stop();
  }
  expect(seen).toEqual(turns.flatMap((synced) => (synced ? [20] : Array<number>(20).fill(1))));
});

test("[L9] what names the entry that it goes behind goes alone: a claim or a fact of a group that is stale is refused by itself, and what is gathered beside it is stored", async () => {
  const store = await startStore({ synced: true });
  const { publisher, topology, link } = store;
  const { owner, seq } = topology.owners.of(0);
  const room = (name: string): string => factSubject(groupIdOf("alice", name));
  const firsts = texts(20).map((name) => publisher.replace(room(name), name, 0));
  expect(await Promise.all(firsts)).toHaveLength(20);
  const gathered = publishAll(publisher, texts(50));
  const claim = putOwner(link.nc, 0, owner, seq + 1);
  await expect(publisher.replace(room("0"), "late", 0)).rejects.toBeInstanceOf(OutrunError);
  expect(await claim).toBeUndefined();
  expect(await gathered).toEqual(texts(50).map((_, i) => i + 22));
  expect(sizes(await stored(store))).toEqual([...Array<number>(20).fill(1), 50]);
});

test("somebody who repeats what is stored spoils nobody else's batch", async () => {
  const store = await startStore({ synced: true });
  const { state } = facts(store.publisher, silent);
  const says = (session: string, n: number) =>
    state("alice", session, {
      type: "MessageSent",
      author: "alice",
      to: "bob",
      device: session,
      cid: `${session}.${n}`,
      body: `${session} ${n}`,
    });
  const quiet = texts(40).map((name) => `quiet-${name}`);
  // Until the first is stored, a send goes alone: it may be a repeat.
  const first = await Promise.all([...quiet, "loud"].map((session) => says(session, 1)));
  expect(first.every(({ duplicate }) => !duplicate)).toBe(true);
  // Once it may spoil a batch: then it goes alone.
  await Promise.all([...quiet, "loud"].map((session) => says(session, session === "loud" ? 1 : 2)));
  for (const n of [3, 4, 5]) {
    const repeats = [says("loud", 1), says("loud", 1)];
    await Promise.all([...quiet.map((session) => says(session, n)), ...repeats]);
  }
  const found = sizes(await stored(store));
  expect(found).toEqual([...Array<number>(41 + 40).fill(1), 40, 40, 40]);
});

test("[L9] batches lose, double and reorder nothing when the broker is killed under them", async () => {
  const store = await startStore({ synced: true });
  const where = new Map<string, number>();
  // Each of thirty lanes sends its next when the one before is stored, as lanes do.
  const lane = async (name: number): Promise<void> => {
    for (let n = 0; n < 30; n++) {
      const text = `${name}.${n}`;
      where.set(text, (await put(store.publisher, text)).seq);
    }
  };
  const lanes = Promise.all(Array.from({ length: 30 }, (_, name) => lane(name)));
  for (const goal of [100, 400]) {
    await until(() => where.size > goal);
    await store.crash();
  }
  await lanes;
  const found = await stored(store);
  expect(found).toHaveLength(900);
  expect(new Map(found.map(({ text }, i) => [text, i + 2]))).toEqual(where);
  expect(sizes(found).some((size) => size >= 8)).toBe(true);
  for (let name = 0; name < 30; name++) {
    const own = found.map(({ text }) => text).filter((text) => text.startsWith(`${name}.`));
    expect(own).toEqual(texts(30).map((n) => `${name}.${n}`));
  }
});
