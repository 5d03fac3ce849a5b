import { describe, expect, test } from "vitest";
import { Disk } from "../../src/client/mailbox/disk.ts";
import { Orphans } from "../../src/client/mailbox/orphans.ts";
import type { OutboxEntry } from "../../src/client/outbox/entry.ts";
import {
  localClaims,
  memoryStorage,
  type ClientStorage,
} from "../../src/client/storage/storage.ts";
import { left } from "./devices.ts";

/** A storage that several clients share, in which this lies. */
function shared(...posted: OutboxEntry[]) {
  const storage: ClientStorage = { ...memoryStorage(), claim: localClaims() };
  const client = (): Orphans => new Orphans(new Disk(storage, () => undefined));
  return { storage, client, ready: storage.save({ posted }) };
}

describe("[C3] what lies in a storage", () => {
  test("is taken over from clients that are gone, oldest first, and not from one that lives", async () => {
    const all = [
      left("old.2", { rank: 9 }),
      left("dead.1", { rank: 3 }),
      left("mine.1"),
      left("busy.1"),
    ];
    const { client, ready } = shared(...all);
    await ready;
    const [busy, mine] = [client(), client()];
    expect(await busy.claim("busy")).toBe(true);
    expect([await mine.claim("mine"), await mine.claim("busy")]).toEqual([true, false]);
    const found = await mine.take("mine", []);
    expect(found?.taken.map(({ cid }) => cid)).toEqual(["dead.1", "old.2"]);
    expect(found?.stored).toHaveLength(4);
    expect(["mine", "dead", "old", "busy"].map(mine.isMine)).toEqual([true, true, true, false]);
    expect((await busy.take("busy", []))?.taken).toEqual([]);
  });

  test("goes to another client when this one has no socket, and what else was claimed stays", async () => {
    const { storage, client, ready } = shared();
    await ready;
    const disk = new Disk(storage, () => undefined);
    const mine = new Orphans(disk);
    await mine.claim("mine");
    await disk.claim("mailbox");
    mine.yield();
    expect([mine.isMine("mine"), disk.holds("mailbox")]).toEqual([false, true]);
    expect(await client().claim("mine")).toBe(true);
  });

  test("is nothing that was done before it is known, or while it was read", async () => {
    const { storage, ready } = shared(left("a.1"), left("a.2"), left("a.3"));
    await ready;
    let answer = (): void => undefined;
    const slow = new Promise<void>((resolve) => (answer = resolve));
    const outbox = async (): Promise<OutboxEntry[]> => {
      const all = await storage.outbox();
      await slow;
      return all;
    };
    const orphans = new Orphans(new Disk({ ...storage, outbox }, () => undefined));
    const taking = orphans.take("mine", ["a.1"]);
    orphans.done("a.3");
    answer();
    const found = await taking;
    expect([found?.taken, found?.stored].map((all) => all?.map(({ cid }) => cid))).toEqual([
      ["a.2"],
      ["a.2"],
    ]);
  });

  test("is not known where the storage cannot be read", async () => {
    const { storage } = shared();
    const outbox = () => Promise.reject(new Error("broken"));
    const orphans = new Orphans(new Disk({ ...storage, outbox }, () => undefined));
    expect(await orphans.take("mine", [])).toBeUndefined();
  });
});
