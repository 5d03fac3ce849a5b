import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";
import { mailbox } from "../support/mailbox.ts";
import { partition, WAY } from "./copying.ts";

beforeEach(() => void vi.useRealTimers());

const alice = mailbox("alice");

const upTo = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("copies to another stream", () => {
  test("[N4][A3] beyond those under way are owed, and go in their order when half of the room is free, read from the log again", async () => {
    const { outgoing, actor, progress, going, read, told, tells, stores, causes } = partition();
    for (let n = 0; n < WAY; n++) tells("far-bob");
    expect(outgoing.owes("alice")).toBe(false);
    expect(outgoing.reached).toBe(Number.POSITIVE_INFINITY);
    for (let n = 0; n < 300; n++) tells("far-bob");
    expect(causes()).toEqual(upTo(1, WAY));
    expect(outgoing.elsewhere).toBe(WAY);
    expect([outgoing.owes("alice"), outgoing.owes("bob")]).toEqual([true, false]);
    expect([outgoing.reached, actor.pending]).toEqual([WAY, WAY]);
    await stores(1_024);
    // One more is behind what is owed, though there is room.
    tells("far-bob");
    expect(going).toHaveLength(1_024);
    expect(told.stored).toBe(1_024);
    expect(outgoing.elsewhere).toBe(1_024);
    await stores(1);
    expect(read).toEqual([upTo(WAY + 1, WAY + 256)]);
    expect(causes()).toEqual(upTo(1_026, WAY + 256));
    expect(progress.checkpoint).toBe(1_025);
    await stores(WAY);
    await stores(WAY);
    expect(causes()).toEqual([]);
    expect(read.flat()).toEqual(upTo(WAY + 1, WAY + 301));
    expect([outgoing.owes("alice"), outgoing.reached, actor.pending]).toEqual([false, Infinity, 0]);
    expect(progress.checkpoint).toBe(WAY + 301);
    // Nothing is behind: the next goes at once.
    tells("far-bob");
    expect(causes()).toEqual([WAY + 302]);
  });

  test("[N4] are bounded by their characters as well, and those to the own stream by nothing here", async () => {
    const { outgoing, going, tells, stores } = partition();
    const text = "x".repeat(4_096);
    for (let n = 0; n < 1_025; n++) tells("far-bob", text);
    expect(going).toHaveLength(1_024);
    for (let n = 0; n < WAY + 5; n++) tells("near-carol");
    expect(going).toHaveLength(1_024 + WAY + 5);
    expect(outgoing.elsewhere).toBe(1_024);
    expect(outgoing.isFull).toBe(false);
    await stores(WAY * 2);
    for (let n = 0; n < 1_025; n++) tells("far-bob", text);
    expect([going.length, outgoing.owes("alice")]).toEqual([1_024, true]);
  });

  test("[A3] say when they go what they said when they were told, whatever has come since", async () => {
    const { going, says, tells, stores } = partition();
    const group = groupIdOf("zoe", "z.1");
    for (let n = 0; n < WAY; n++) tells("far-bob");
    for (let n = 0; n < WAY; n++) tells(group);
    const ask = { type: "GroupAsked", author: "alice", group, device: "d", cid: "a.1" };
    const asked = (seq: number): Entry => ({
      ...alice.sent(seq, "bob"),
      raw: JSON.stringify({ ...ask, ask: { do: "leave" } }),
    });
    const marks = { delivered: 9, read: 7 };
    const told = [
      says((seq) => alice.sentWith(seq, "far-bob", "a.9", { data: { a: 1 } }), {}),
      says((seq) => alice.received(seq, "far-bob", marks), { mine: marks }),
      says((seq) => alice.received(seq, "far-bob", marks), { mine: { delivered: 9, read: 9 } }),
      says((seq) => alice.received(seq, "far-bob", marks), { mine: { delivered: 9, read: 0 } }),
      says((seq) => alice.sent(seq, group), { under: 17, knows: 5 }),
      says(asked, { under: 17 }),
    ];
    expect(going).toHaveLength(2 * WAY);
    await stores(2 * WAY);
    expect(going.map(({ copy }) => copy)).toEqual(told.map((telling) => telling?.copy));
  });

  test("[A4][A5] hold the checkpoint while they go, and each owner's snapshot until its own are stored", async () => {
    const { outgoing, progress, going, says, tells, stores } = partition();
    for (let n = 0; n < WAY; n++) tells("far-bob");
    for (const owner of ["bob", "bob", "dan"])
      says((seq) => mailbox(owner).sent(seq, "far-bob"), {});
    const owes = () => ["alice", "bob", "dan"].filter((owner) => outgoing.owes(owner));
    expect([owes(), outgoing.reached]).toEqual([["bob", "dan"], WAY]);
    await stores(WAY);
    expect([going.length, progress.checkpoint, outgoing.reached]).toEqual([3, WAY, Infinity]);
    expect(owes()).toEqual(["bob", "dan"]);
    await stores(1);
    expect([owes(), progress.checkpoint]).toEqual([["bob", "dan"], WAY + 1]);
    await stores(1);
    expect([owes(), progress.checkpoint]).toEqual([["dan"], WAY + 2]);
    await stores(1);
    expect([owes(), progress.checkpoint]).toEqual([[], WAY + 3]);
  });

  test("[A5] whose entries are gone make room at once, and are forgiven to nobody who owes another stream", async () => {
    const { outgoing, log, told, tells, stores } = partition();
    for (const to of ["far-bob", "fat-dan"]) for (let n = 0; n < WAY; n++) tells(to);
    log.delete(tells("far-bob"));
    tells("fat-dan");
    await stores(WAY);
    expect(told.stored).toBe(WAY + 1);
    expect(outgoing.owes("alice")).toBe(true);
    await stores(WAY);
    await stores(1);
    expect(outgoing.owes("alice")).toBe(false);
  });

  test("[A5] that are all gone leave nobody owing anything", async () => {
    const { outgoing, log, tells, stores } = partition();
    for (let n = 0; n < WAY; n++) tells("far-bob");
    log.delete(tells("far-bob"));
    await stores(WAY);
    expect([outgoing.owes("alice"), outgoing.reached]).toEqual([false, Infinity]);
  });

  test("[A4] are not put when the host stops while their entries are read", async () => {
    const { outgoing, tells, stores, causes } = partition();
    for (let n = 0; n < WAY + 3; n++) tells("far-bob");
    const stored = stores(WAY);
    await Promise.resolve();
    outgoing.stop();
    await stored;
    expect(causes()).toEqual([]);
    expect(outgoing.owes("alice")).toBe(true);
  });

  test("[N4] keep the partition from reading further where 500,000 are owed, or what takes as much memory", async () => {
    const { outgoing, tells } = partition();
    for (let n = 0; n < WAY; n++) tells("far-bob");
    // Each of them as much as sixteen that the log has.
    for (let n = 1; n < 500_000 / 16; n++) tells("far-bob", "x", "copy");
    expect(outgoing.isFull).toBe(false);
    tells("far-bob", "x", "copy");
    expect(outgoing.isFull).toBe(true);
  });

  test("[N4] that have no text have no characters", async () => {
    const { outgoing, actor, going, stores } = partition();
    const copy = {
      type: "MessageRead",
      author: "alice",
      peer: "far-bob",
      upTo: 1,
      cause: 1,
    } as const;
    outgoing.tell(actor, { seq: 1, kind: "fact" }, { to: "far-bob", copy });
    expect([going.length, actor.pending]).toEqual([1, 1]);
    await stores(1);
    expect(actor.pending).toBe(0);
  });

  test("[N4] that the log alone does not say are kept as they were told, and nothing is read for them", async () => {
    const { read, log, tells, stores, causes } = partition();
    for (let n = 0; n < WAY; n++) tells("far-bob");
    const kept = tells("far-bob", "a word of a group", "copy");
    log.clear();
    await stores(WAY);
    expect(causes()).toEqual([kept]);
    expect(read).toEqual([]);
  });

  test("[A5] whose entry is gone are owed no more when nothing else is", async () => {
    const { outgoing, progress, log, tells, stores } = partition();
    for (let n = 0; n < WAY; n++) tells("far-bob");
    log.delete(tells("far-bob"));
    tells("far-bob");
    await stores(WAY);
    expect(outgoing.owes("alice")).toBe(true);
    await stores(1);
    expect(outgoing.owes("alice")).toBe(false);
    expect(progress.checkpoint).toBe(WAY + 2);
  });

  test("[A4] that are owed when the host stops are left to the next start", async () => {
    const { outgoing, read, tells, stores, causes } = partition();
    for (let n = 0; n < WAY + 9; n++) tells("far-bob");
    outgoing.stop();
    await stores(WAY);
    expect([causes(), read]).toEqual([[], []]);
    expect(outgoing.reached).toBe(WAY);
  });

  test("[N4] are read again a second later where the log does not answer, once for all", async () => {
    const { read, tells, stores, causes, away } = partition();
    vi.useFakeTimers();
    for (let n = 0; n < WAY + 2; n++) tells("far-bob");
    away(true);
    await stores(1_200);
    await stores(100);
    expect(read).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(999);
    expect(read).toHaveLength(1);
    away(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(read).toHaveLength(2);
    expect(causes().slice(-2)).toEqual([WAY + 1, WAY + 2]);
    vi.useRealTimers();
  });
});
