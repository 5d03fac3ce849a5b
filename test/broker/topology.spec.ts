import { headers } from "@nats-io/transport-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { Owner } from "../../src/events/owner.ts";
import { connect, type Link } from "../../src/nats/connection.ts";
import { lastOwner, putOwner } from "../../src/nats/owners.ts";
import { StartError } from "../../src/start-error.ts";
import {
  activitySubject,
  copySubject,
  factSubject,
  checkpointSubject,
  kvSubject,
  mailboxStream,
  ownerSubject,
  sessionSubject,
} from "../../src/nats/subjects.ts";
import { ensureTopology, FORMAT_KEY, SPLITTING } from "../../src/nats/topology.ts";
import { silent } from "../support/silent.ts";
import { startBroker } from "../support/broker.ts";
import { PATIENCE } from "../support/patience.ts";

async function fresh(): Promise<{ link: Link; another: () => Promise<Link> }> {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const another = async (): Promise<Link> => {
    const link = await connect({ url: broker.url }, "spec", silent);
    onTestFinished(() => link.nc.close());
    return link;
  };
  return { link: await another(), another };
}

const wish = (partitions: number) => ({ partitions, replicas: 1 });

describe("the streams", () => {
  test("are made once by processes that start at the same time, whatever each wishes", async () => {
    const { link, another } = await fresh();
    const links = [link, ...(await Promise.all([1, 2, 3].map(another)))];
    const found = await Promise.all(
      links.map(({ nc }, i) => ensureTopology(nc, wish(i % 2 === 0 ? 2 : 4))),
    );
    const [first] = found;
    for (const each of found) {
      expect(each.partitions).toBe(first?.partitions);
      expect([...each.epochs]).toEqual([...(first?.epochs ?? [])]);
      expect(each.partitionOf("alice")).toBe(first?.partitionOf("alice"));
    }
    for (let k = 0; k < (first?.partitions ?? 0); k++) {
      const { state } = await first!.jsm.streams.info(mailboxStream(k));
      expect(state.messages).toBe(1);
    }
  });

  test("hold every mailbox where readers look for it, and their own entry before all others", async () => {
    const { link } = await fresh();
    const topology = await ensureTopology(link.nc, wish(5));
    for (const owner of ["alice", "bob", "carol", "dave", "erin", "g-7", "_-_"]) {
      const k = topology.partitionOf(owner);
      for (const subject of [factSubject(owner), copySubject(owner), sessionSubject(owner)]) {
        const ack = (await link.nc.request(subject, "{}", PATIENCE)).json<{
          stream: string;
          seq: number;
        }>();
        expect(ack).toMatchObject({ stream: mailboxStream(k) });
        expect(ack.seq).toBeGreaterThan(1);
      }
    }
    for (let k = 0; k < 5; k++)
      expect(await lastOwner(topology.jsm, k)).toMatchObject({
        seq: 1,
        owner: { type: "StreamBegan", epoch: topology.epochs.get(mailboxStream(k)), marks: [] },
      });
  });

  test("keep what they were dealt, and their epoch, when a later start wishes otherwise", async () => {
    const { link } = await fresh();
    const before = await ensureTopology(link.nc, wish(3));
    const after = await ensureTopology(link.nc, wish(7));
    expect(after.partitions).toBe(3);
    expect([...after.epochs]).toEqual([...before.epochs]);
  });

  test("take batches, whatever class they are used in; one that is found without is used without", async () => {
    const { link } = await fresh();
    const { destinationAt, jsm, partitionOf } = await ensureTopology(link.nc, wish(2));
    for (const subject of [factSubject("alice"), copySubject("alice"), sessionSubject("alice")])
      expect(destinationAt(subject)).toEqual({
        stream: mailboxStream(partitionOf("alice")),
        gathers: true,
      });
    for (const [subject, stream] of [
      [ownerSubject(0), "MAILBOX_0"],
      [activitySubject("alice"), "ACTIVITY"],
      [kvSubject("SNAPSHOT", "0.1.alice"), "KV_SNAPSHOT"],
      [checkpointSubject(1, "kept.7"), "CHECKPOINT_1"],
    ] as const)
      expect(destinationAt(subject)).toEqual({ stream, gathers: false });
    for (const k of [0, 1]) {
      const { config } = await jsm.streams.info(mailboxStream(k));
      await jsm.streams.update(config.name, { ...config, allow_atomic: false });
    }
    const later = await ensureTopology(link.nc, wish(2));
    expect(later.destinationAt(factSubject("alice")).gathers).toBe(false);
  });

  test("made anew have another epoch", async () => {
    const { link } = await fresh();
    const before = await ensureTopology(link.nc, wish(1));
    await before.jsm.streams.delete(mailboxStream(0));
    const after = await ensureTopology(link.nc, wish(1));
    expect(after.epochs.get(mailboxStream(0))).not.toBe(before.epochs.get(mailboxStream(0)));
  });

  test("[L7] of another format are refused with one sentence that says what to do", async () => {
    const { link } = await fresh();
    const { jsm } = await ensureTopology(link.nc, wish(1));
    await jsm.streams.delete(mailboxStream(0));
    await jsm.streams.add({ name: mailboxStream(0), subjects: ["fact.0.*", "copy.0.*"] });
    await expect(ensureTopology(link.nc, wish(1))).rejects.toThrow(
      "stream MAILBOX_0 is of format 1, this version reads format 2: give it an empty broker store",
    );
  });

  test("one of which says of itself what nobody can read are refused with one sentence, and used again once that is removed", async () => {
    const { link } = await fresh();
    const { jsm } = await ensureTopology(link.nc, wish(2));
    const { seq } = await link.nc
      .request(ownerSubject(1), "garbage", PATIENCE)
      .then((answer) => answer.json<{ seq: number }>());
    for (const right of ["use", "make"] as const)
      await expect(ensureTopology(link.nc, wish(2), right)).rejects.toThrow(
        new StartError(
          `MAILBOX_1 has an entry at ${seq} on owner.1 that cannot be read (no JSON), and nothing runs on it: ` +
            `of a newer version, run that; else see who may publish there, and remove it with nats stream rmm MAILBOX_1 ${seq}`,
        ),
      );
    await jsm.streams.deleteMessage(mailboxStream(1), seq);
    const { owners } = await ensureTopology(link.nc, wish(2));
    const { seq: last, owner } = owners.of(1);
    expect(await putOwner(link.nc, 1, owner, last)).toBeGreaterThan(seq);
  });

  test("of which two hold one slot, or none does, are refused", async () => {
    const { link } = await fresh();
    const { jsm } = await ensureTopology(link.nc, wish(2));
    const { config } = await jsm.streams.info(mailboxStream(1));
    const subjects = config.subjects.map((subject) => subject.replace(".16.", ".16.5."));
    await jsm.streams.update(mailboxStream(1), {
      subjects: subjects.map((subject) => subject.replace(".16.5.*.*", ".16.5.*")),
    });
    await expect(ensureTopology(link.nc, wish(2))).rejects.toThrow("lies in no mailbox stream");
  });

  test("of which one is of another deal than the first, or that are on their way to one, are refused", async () => {
    const { link } = await fresh();
    const { jsm } = await ensureTopology(link.nc, wish(2));
    const deal = async (k: number): Promise<void> => {
      const { seq, owner } = (await lastOwner(jsm, k))!;
      await putOwner(link.nc, k, { ...owner, type: "SlotsDealt", layout: 2 }, seq);
    };
    await deal(1);
    await expect(ensureTopology(link.nc, wish(2))).rejects.toThrow(
      "MAILBOX_1 is of layout 2 and MAILBOX_0 of 1: a split of the partitions was cut off",
    );
    await deal(0);
    expect((await ensureTopology(link.nc, wish(2))).owners.layout).toBe(2);
    const { config } = await jsm.streams.info(mailboxStream(0));
    await jsm.streams.update(mailboxStream(0), {
      ...config,
      metadata: { ...config.metadata, [FORMAT_KEY]: SPLITTING },
    });
    for (const right of ["use", "make"] as const)
      await expect(ensureTopology(link.nc, wish(2), right)).rejects.toThrow(
        "the streams are being split, or that was cut off: run posthorn partitions split to its end",
      );
  });

  test.each([0, 1])("of which %i is made anew are of the deal of the others", async (lost) => {
    const { link } = await fresh();
    const { jsm } = await ensureTopology(link.nc, wish(2));
    for (const k of [0, 1]) {
      const { seq, owner } = (await lastOwner(jsm, k))!;
      await putOwner(link.nc, k, { ...owner, type: "SlotsDealt", layout: 3 }, seq);
    }
    await jsm.streams.delete(mailboxStream(lost));
    expect((await ensureTopology(link.nc, wish(2))).owners.layout).toBe(3);
  });

  test("take no roll-up from anybody, which would empty a stream, and know a repeat for two minutes", async () => {
    const { link } = await fresh();
    const { jsm } = await ensureTopology(link.nc, wish(1));
    await link.nc.request(factSubject("alice"), "{}", PATIENCE);
    const rollup = headers();
    rollup.set("Nats-Rollup", "all");
    const answer = await link.nc.request(factSubject("mallory"), "{}", {
      headers: rollup,
      ...PATIENCE,
    });
    expect(answer.string()).toContain("rollup not permitted");
    for await (const { config } of jsm.streams.list())
      expect([config.name, config.allow_rollup_hdrs ?? false]).toEqual([config.name, false]);
    const { config, state } = await jsm.streams.info(mailboxStream(0));
    expect(state.messages).toBe(2);
    // A publish is given up after a minute: its last repeat comes before its id is forgotten.
    expect(config.duplicate_window).toBe(120e9);
  });
});

describe("an entry of a stream about itself", () => {
  test("[L4] is stored by one of those who try at the same time", async () => {
    const { link, another } = await fresh();
    const { jsm } = await ensureTopology(link.nc, wish(1));
    const last = await lastOwner(jsm, 0);
    const links = await Promise.all([1, 2, 3, 4].map(another));
    const raised = { ...last!.owner, type: "RulesRaised", rules: 9 } as const;
    const seqs = await Promise.all(links.map(({ nc }) => putOwner(nc, 0, raised, last!.seq)));
    expect(seqs.filter((seq) => seq !== undefined)).toHaveLength(1);
    expect((await lastOwner(jsm, 0))?.owner).toEqual(raised);
  });

  test("[L12] that says newer rules is refused with one sentence, and left as it is; no start raises them", async () => {
    const { link } = await fresh();
    const { jsm } = await ensureTopology(link.nc, wish(1));
    const newer = { ...(await lastOwner(jsm, 0))!.owner, type: "RulesRaised", rules: 99 } as const;
    await putOwner(link.nc, 0, newer, 1);
    for (const right of ["use", "make"] as const)
      await expect(ensureTopology(link.nc, wish(1), right)).rejects.toThrow(
        "stream MAILBOX_0 may have entries of rules 99, this version reads those of rules 1: run the newer version",
      );
    expect(await lastOwner(jsm, 0)).toEqual({ seq: 2, owner: newer });
  });

  test("says all that holds, and nothing else is read as one", async () => {
    const { link } = await fresh();
    const { jsm } = await ensureTopology(link.nc, wish(1));
    const { owner } = (await lastOwner(jsm, 0))!;
    expect(Owner.parse(owner)).toEqual(owner);
    for (const broken of [
      { ...owner, epoch: "" },
      { ...owner, rules: 0 },
      { ...owner, marks: [{}] },
    ])
      expect(Owner.safeParse(broken).success).toBe(false);
    await link.nc.request(ownerSubject(0), "no JSON", PATIENCE);
    await expect(ensureTopology(link.nc, wish(1))).rejects.toThrow(
      "MAILBOX_0 has an entry at 2 on owner.0 that cannot be read (no JSON)",
    );
  });
});
