import { describe, expect, test } from "vitest";
import { asOwner, claimStream, ownedBy } from "../../../src/actors/ownership/claiming.ts";
import { Keeper } from "../../../src/actors/generations/keeper.ts";
import { prepare } from "../../../src/actors/generations/prepare.ts";
import type { Host } from "../../../src/events/owner.ts";
import { SucceededError, type Take } from "../../../src/events/source.ts";
import { at, Stream } from "../stream.ts";

const me: Host = { host: "me", incarnation: "me-1" };
const other: Host = { host: "other", incarnation: "other-1" };
const both = (stream: Stream) => ({ log: stream, records: stream });
const pause = async (): Promise<void> => undefined;

/** A stream with some entries, and a checkpoint at this seq. */
function stream(entries: number, checkpoint: number): Stream {
  const made = new Stream(0);
  while (made.entries.length < entries) made.put("fact", "alice", {});
  made.saved = { epoch: "life", position: checkpoint, told: [0], bare: 0 };
  return made;
}

describe("a claim", () => {
  test("[L4] says once more all that the stream said of itself, and adds who owns it", async () => {
    const log = stream(9, 9);
    const mark = { generation: 1, from: 5, before: at(1) };
    await log.say({ ...log.said.owner, type: "GenerationBegan", marks: [mark], rules: 7 }, 1);
    expect(await claimStream(both(log), me, log.said)).toBe(11);
    expect(log.said.owner).toMatchObject({
      type: "OwnerClaimed",
      marks: [mark],
      rules: 7,
      owner: me,
    });
    const left = ownedBy(log.said.owner);
    expect(left).toMatchObject({ type: "OwnerLeft", marks: [mark], rules: 7 });
    expect(left).not.toHaveProperty("owner");
  });
  test("is refused where another was first", async () => {
    const log = stream(9, 9);
    const before = log.said;
    await claimStream(both(log), other, before);
    expect(await claimStream(both(log), me, before)).toBeUndefined();
    expect(log.said.owner.owner).toEqual(other);
  });
  test("is made once more where something was saved at it or above, of a log that came back shorter", async () => {
    const log = stream(9, 40);
    expect(await claimStream(both(log), me, log.said)).toBe(11);
  });
  test("[A12] counts for nothing where a successor has saved something since: nobody begins behind its entry", async () => {
    const log = stream(9, 9);
    // This host stood still behind its claim: another has claimed, told, and saved.
    log.checkpoint = async () => {
      if (log.said.owner.owner?.host === "me") {
        await log.say(ownedBy(log.said.owner, other), log.said.seq);
        log.put("fact", "alice", {});
      }
      return { epoch: "life", position: log.entries.length, told: [0], bare: 0 };
    };
    expect(await claimStream(both(log), me, log.said)).toBeUndefined();
    expect(log.said.owner.owner).toEqual(other);
  });
});

describe("an owner's look at its stream", () => {
  test("waits for a replica that has its claim", async () => {
    const log = stream(9, 9);
    const before = log.said;
    const claimed = (await claimStream(both(log), me, before))!;
    let looks = 0;
    const slow = Object.assign(Object.create(log) as Stream, {
      owner: async () => (++looks < 3 ? before : log.said),
    });
    expect((await asOwner(slow, me, claimed, pause).owner()).seq).toBe(claimed);
    expect(looks).toBe(3);
    slow.owner = async () => before;
    await expect(asOwner(slow, me, claimed, pause).owner()).rejects.toThrow("no replica");
  });
  test("[A11] ends at a successor's entry, so that it begins no generation of another's stream", async () => {
    const log = stream(9, 9);
    const claimed = (await claimStream(both(log), me, log.said))!;
    await claimStream(both(log), other, log.said);
    await expect(asOwner(log, me, claimed, pause).owner()).rejects.toThrow(SucceededError);
  });

  test("[A12] ends one that slept while another claimed it, also where the last entry that it took is gone from the log", async () => {
    const log = stream(9, 9);
    const claimed = (await claimStream(both(log), me, log.said))!;
    const own = { log: asOwner(log, me, claimed, pause), records: log };
    const prepared = await prepare(0, [own]);
    const idle = { elapsed: () => 0, delayed: () => undefined, unsure: () => undefined };
    const keeper = new Keeper({ ...own, ...prepared, ...idle });
    let take: Take = () => undefined;
    const never = new Promise<never>(() => undefined);
    const following = { done: never, caughtUp: never, heard: 0, stop: async () => undefined };
    keeper.follow({ follow: (_, to) => ((take = to), following) }, 0, () => undefined);
    await take([log.entry(claimed)!]);
    log.erased.add(claimed);
    await claimStream(both(log), other, log.said);
    await keeper.doubt();
    const taking = Promise.resolve(take([log.entry(log.said.seq)!]));
    await expect(taking).rejects.toThrow(SucceededError);
    await expect(keeper.done).rejects.toThrow(SucceededError);
    keeper.stop();
  });
});
