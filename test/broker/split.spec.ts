import { describe, expect, onTestFinished, test } from "vitest";
import { positionAt } from "../../src/events/position.ts";
import { administer } from "../../src/nats/bundle/administered.ts";
import { connect } from "../../src/nats/connection.ts";
import { records } from "../../src/nats/kv/records.ts";
import { assertFit } from "../../src/nats/split/fitness.ts";
import type { Next, SplitStep } from "../../src/nats/split/nextstep.ts";
import { streamsAt } from "../../src/nats/split/observation.ts";
import { holdSplit } from "../../src/nats/split/onesplit.ts";
import { goOn, announce, splitAt, turnBack } from "../../src/nats/split/splitting.ts";
import { assertStill } from "../../src/nats/split/stillness.ts";
import { copySubject, factSubject, hostSubject, mailboxStream } from "../../src/nats/subjects.ts";
import { startBroker } from "../support/broker.ts";
import { silent } from "../support/silent.ts";
import { ensureTopology } from "../../src/nats/topology.ts";
import { streamsOf } from "../support/streams.ts";

/** People in all quarters of the slots. */
const PEOPLE = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"];
const AT = { position: 3, at: "1790000000000000003" };

/** Streams with some mail in them, and what their actors have saved, at a real server. */
async function site(partitions: number) {
  const server = await startBroker();
  onTestFinished(() => server.stop());
  const another = async () => {
    const other = await connect({ url: server.url }, "spec", silent);
    onTestFinished(() => other.nc.close());
    return other;
  };
  const link = await another();
  const topology = await streamsOf(link, { partitions, replicas: 1 });
  const broker = await administer(link);
  const replace = (subject: string, text: string) => broker.exchange.store(subject, text);
  const saved = (k: number) => records(k, topology, { replace }, Date.now);
  for (let i = 0; i < 24; i++) {
    const [author = "", to = ""] = [PEOPLE[i % 8], PEOPLE[(i * 3 + 1) % 8]];
    await replace(factSubject(author), `fact ${i}`);
    await replace(copySubject(to), `copy ${i}`);
  }
  for (let k = 0; k < partitions; k++) {
    const { epoch } = topology.owners.of(k).owner;
    const told = Array.from({ length: partitions }, (_, j) => 5 - j);
    const again = { upTo: 9, for: [0] };
    await saved(k).saveCheckpoint({ epoch, position: 3 + k, on: AT, told, again, bare: 2 });
    await saved(k).saveHighest({ epoch, anchor: AT, trail: [AT], marks: [] });
  }
  /** Every entry of a person, of the stream in which it is looked for. */
  const mailOf = async (k: number, person: string) => {
    const found = [];
    for (const subject of [factSubject(person), copySubject(person)])
      for (let seq = 1; ;) {
        const query = { seq, next_by_subj: subject } as { seq: number };
        const each = await topology.jsm.streams.getMessage(mailboxStream(k), query);
        if (each === null) break;
        found.push([each.seq, each.timestamp, each.subject, each.string()]);
        seq = each.seq + 1;
      }
    return found;
  };
  const layOut = () => ensureTopology(link.nc, { partitions: 1, replicas: 1 });
  return { link, another, broker, topology, replace, saved, mailOf, layOut };
}
type Site = Awaited<ReturnType<typeof site>>;

const begin = async ({ broker }: Site, into: number) =>
  announce(broker, await streamsAt(broker.jsm), into);

/** Does one effect after the other, each for what is seen then, as a process that has just begun. Returns the steps. */
async function finish({ broker }: Site, most = 1): Promise<SplitStep[]> {
  const steps: SplitStep[] = [];
  for (let next: Next | undefined; (next = await goOn(broker, most)) !== undefined;)
    steps.push(next.step);
  return steps;
}

/** Does so many effects: a look at a mirror that is being filled is none, and how many there are is a matter of time. Returns the last step. */
async function proceed({ broker }: Site, effects: number): Promise<SplitStep | undefined> {
  let step: SplitStep | undefined;
  for (let done = 0; done < effects;) {
    step = (await goOn(broker, 1))?.step;
    if (step !== "fill" && step !== "hear") done++;
  }
  return step;
}

describe("a split of real streams", () => {
  test("[L13] killed after each of its effects, goes on to its end: seqs, times and words stay, what comes next has a seq above all that was", async () => {
    const own = await site(2);
    const { topology, mailOf, saved, replace, broker } = own;
    const before = new Map<string, unknown[]>();
    for (const each of PEOPLE) before.set(each, await mailOf(topology.partitionOf(each), each));
    const ends = await Promise.all(
      [0, 1].map(async (k) => (await broker.jsm.streams.info(mailboxStream(k))).state.last_seq),
    );
    const kept = await Promise.all([0, 1].map((k) => saved(k).kept()));
    expect(await begin(own, 4)).toMatchObject({ layout: 2 });
    await expect(own.layOut()).rejects.toThrow("the streams are being split");
    const steps = new Set(await finish(own));
    expect([...steps]).toEqual(expect.arrayContaining(["mirror", "mark", "promote", "purge"]));

    const after = await own.layOut();
    expect(after).toMatchObject({ partitions: 4, owners: { layout: 2 } });
    expect(new Set(PEOPLE.map((each) => after.partitionOf(each))).size).toBe(4);
    for (const person of PEOPLE) {
      const home = after.partitionOf(person);
      expect(await mailOf(home, person)).toEqual(before.get(person));
      for (const k of [0, 1, 2, 3].filter((each) => each !== home))
        expect(await mailOf(k, person)).toEqual([]);
      const of = home % 2 === 0 ? 0 : 1;
      expect(await replace(factSubject(person), "next")).toBeGreaterThan(ends[of]!);
    }
    for (const k of [0, 1, 2, 3]) {
      // Two streams became four: the halves of 0 are 0 and 2, those of 1 are 1 and 3.
      const of = k % 2;
      const { owner, seq } = after.owners.of(k);
      expect(owner).toMatchObject({
        type: "SlotsDealt",
        epoch: topology.owners.of(of).owner.epoch,
        layout: 2,
      });
      expect(seq).toBeGreaterThan(ends[of]!);
      expect(await saved(k).checkpoint()).toMatchObject({
        position: 3 + of,
        on: AT,
        told: [5, 4, 5, 4],
        again: { upTo: 9, for: [0, 2] },
        bare: 2,
      });
      expect(await saved(k).highest()).toMatchObject({
        epoch: owner.epoch,
        anchor: { position: positionAt(owner.marks, seq) },
      });
      expect((await saved(k).kept())[0]?.savedAt).toBe(kept[of]?.[0]?.savedAt);
      const { config } = await broker.jsm.streams.info(mailboxStream(k));
      expect(config).toMatchObject({ mirror_direct: false, allow_atomic: true });
    }
  });

  test("[L13] goes back from behind each of its effects to what was, and there again", async () => {
    const own = await site(1);
    const { broker, mailOf } = own;
    const before = await Promise.all(PEOPLE.map((each) => mailOf(0, each)));
    let layout = 1;
    for (let n = 0, isOver = false; !isOver; n++) {
      expect((await begin(own, 2)).layout).toBe(layout + 1);
      isOver = (await proceed(own, n)) === "commit";
      const running = splitAt(await streamsAt(broker.jsm))!;
      const turned = turnBack(broker, await streamsAt(broker.jsm), running);
      if (isOver) {
        await expect(turned).rejects.toThrow("there is no way back");
        break;
      }
      await turned;
      await finish(own);
      const now = await own.layOut();
      layout += 2;
      expect(now).toMatchObject({ partitions: 1, owners: { layout } });
      expect(await Promise.all(PEOPLE.map((each) => mailOf(0, each)))).toEqual(before);
      const names = [...(await streamsAt(broker.jsm)).keys()];
      expect(names).not.toEqual(expect.arrayContaining(["MAILBOX_1"]));
      expect(names).not.toEqual(expect.arrayContaining(["CHECKPOINT_1"]));
    }
    await finish(own, 9);
    expect(await own.layOut()).toMatchObject({ partitions: 2 });
  });
});

describe("a split is refused", () => {
  test("while a host beats, or somebody reads a mailbox stream", async () => {
    const { broker, link } = await site(1);
    const patience = { beatsMs: 300, readersMs: 300 };
    await assertStill(broker, 1, patience);
    await broker.jsm.consumers.add(mailboxStream(0), { name: "feed", ack_policy: "none" });
    await expect(assertStill(broker, 1, patience)).rejects.toThrow("MAILBOX_0 is read by feed");
    await broker.jsm.consumers.delete(mailboxStream(0), "feed");
    const beats = setInterval(() => link.nc.publish(hostSubject("h1"), "{}"), 50);
    onTestFinished(() => clearInterval(beats));
    await expect(assertStill(broker, 1, patience)).rejects.toThrow("host.h1 beats");
  });

  test("into a number that is no multiple of that of the streams, or where a stream is in its way", async () => {
    const own = await site(2);
    for (const into of [1, 2, 3, 5, 2_048])
      await expect(begin(own, into)).rejects.toThrow("the slots are dealt to 2 streams: --into is");
    await own.broker.jsm.streams.add({ name: "CHECKPOINT_3", subjects: ["x"] });
    await expect(begin(own, 4)).rejects.toThrow("there is a stream CHECKPOINT_3 already");
    expect(splitAt(await streamsAt(own.broker.jsm))).toBeUndefined();
  });

  test("where somebody's mirror answers direct gets in a stream's name", async () => {
    const { broker } = await site(1);
    assertFit(await streamsAt(broker.jsm));
    await broker.jsm.streams.add({ name: "COPY", mirror: { name: mailboxStream(0) } });
    expect(() => assertFit(new Map())).not.toThrow();
    const there = await streamsAt(broker.jsm);
    expect(() => assertFit(there)).toThrow("COPY is a mirror of MAILBOX_0");
  });

  test("while another runs, and not for long when that was killed", async () => {
    const { broker, another } = await site(1);
    const letGo = await holdSplit(broker, 300);
    await expect(holdSplit(broker, 300)).rejects.toThrow("another split runs");
    await letGo();
    const other = await another();
    await holdSplit(await administer(other), 300);
    await other.nc.close();
    await (
      await holdSplit(broker, 300)
    )();
  });
});
