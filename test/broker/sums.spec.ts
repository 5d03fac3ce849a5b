import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { expect, onTestFinished, test, vi } from "vitest";
import { peers } from "../../src/nats/otherreplicas.ts";
import { Company } from "../../src/projections/company.ts";
import type { OtherReplicas } from "../../src/projections/ports.ts";
import type { Projections } from "../../src/projections/projections.ts";
import { rebuild } from "../../src/projections/rebuild.ts";
import { fileIn, folderOf } from "../../src/projections/store/store.ts";
import type { ReplicaWord } from "../../src/protocol/internal/replica.ts";
import { readSumWord, type SumWord } from "../../src/protocol/internal/sums.ts";
import { folder } from "../support/folder.ts";
import { mailbox } from "../support/mailbox.ts";
import { PATIENCE, PATIENCE_MS } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { MemorySource } from "../support/stream.ts";
import { shared, startReplica } from "./replica.ts";

/** Turns ten times as fast as else, and comparisons as often as turns. */
const TURN_MS = 100;
const PACE = { everyMs: 1_500, share: 1 };
const SOON = { ...PATIENCE, interval: 20 };
const alice = mailbox("alice");

const to = shared();

/** A replica of alice's mailbox until the spec is over, and the sums that it says. */
async function replica(host: string, source: MemorySource, dir = folder()) {
  const said: SumWord[] = [];
  const own = peers(to.link, host, silent);
  const { views, sources } = await startReplica({
    name: host,
    mailbox: source,
    dir,
    turnMs: TURN_MS,
    pace: PACE,
    peers: {
      ...own,
      saySum: (stream, kin, word) => {
        if (word.has !== undefined) said.push(word);
        own.saySum(stream, kin, word);
      },
    },
    serve: () => ({ beCurrent: () => undefined, end: () => undefined }),
  });
  onTestFinished(() => views.stop());
  await views.ready;
  return { views, dir, said, sources };
}

/** Flips a byte of a message in the file, as a disk may. */
function rot(dir: string): void {
  const path = fileIn(folderOf(dir, "MAILBOX_0"));
  const words = "the words of 7.";
  const text = readFileSync(path, "latin1");
  const file = openSync(path, "r+");
  // Pages that are free by now may have the same words.
  const places = text.split(words).slice(0, -1);
  let at = 0;
  for (const before of places) {
    writeSync(file, "T", at + before.length);
    at += before.length + words.length;
  }
  closeSync(file);
  expect(places.length).toBeGreaterThan(0);
}

test(
  "[V14] replicas that are written to find the same rows at the same seq, know it when a byte of one rots, also behind a start, and when it is mended",
  async () => {
    const sources = [new MemorySource(), new MemorySource()] as const;
    let seq = 0;
    const send = (): void => {
      seq++;
      for (const source of sources)
        source.store(alice.sent(seq, "bob", `phone.${seq}`, `the words of ${seq}.`));
    };
    while (seq < 200) send();
    const chat = setInterval(send, 5);
    onTestFinished(() => clearInterval(chat));
    const first = await replica("first", sources[0]);
    const second = await replica("second", sources[1]);
    const same = () => first.said.filter(({ at }) => second.said.some((other) => other.at === at));
    await vi.waitFor(() => expect(same().length).toBeGreaterThan(0), SOON);
    for (const { at, has } of same())
      expect(second.said.find((other) => other.at === at)?.has).toEqual(has);
    expect([first.views.differing, second.views.differing]).toEqual([0, 0]);
    clearInterval(chat);

    rot(second.dir);
    const differing = (...all: { views: Projections }[]) => all.map(({ views }) => views.differing);
    await vi.waitFor(() => expect(differing(first, second)).toEqual([1, 1]), SOON);

    await second.views.stop();
    await vi.waitFor(() => expect(first.views.differing).toBe(0), SOON);
    const again = await replica("second", sources[1], second.dir);
    await vi.waitFor(() => expect(differing(first, again)).toEqual([1, 1]), SOON);
    await rebuild({ dir: again.dir, sources: again.sources, log: silent }, () => undefined);
    await vi.waitFor(() => expect(differing(first, again)).toEqual([0, 0]), SOON);
  },
  3 * PATIENCE_MS,
);

test("[V14] only replicas with the same views are compared, and a text that is no sum is none", async () => {
  let hear: (word: ReplicaWord) => void = () => undefined;
  const said: ReplicaWord[] = [];
  const spied = {
    ...peers(to.link, "self", silent),
    say: (word) => void said.push(word),
    onWord: (heard) => {
      hear = heard;
      return () => undefined;
    },
  } satisfies OtherReplicas;
  const company = new Company({
    self: { host: "self", incarnation: "self" },
    copies: undefined,
    turnMs: TURN_MS,
    peers: spied,
    elapsed: () => 0,
    log: silent,
  });
  company.turn(["MAILBOX_0"]);
  const [own] = said;
  hear({ ...own!, host: "like" });
  hear({ ...own!, host: "newer", views: "other" });
  expect(company.alike("MAILBOX_0")).toEqual(["like"]);
  expect(company.alike("MAILBOX_1")).toEqual([]);
  const word = { host: "a", at: 4, has: { rows: 2, sum: "0123456789abcdef" } };
  expect(readSumWord(JSON.stringify({ ...word, more: 1 }))).toEqual(word);
  for (const wrong of [{ ...word, at: -1 }, { ...word, has: { rows: 2, sum: "x" } }, 7])
    expect(readSumWord(JSON.stringify(wrong))).toBeUndefined();
});
