import { expect, test } from "vitest";
import { snapshotTexts } from "../../src/nats/kv/snapshots.ts";
import { startStore } from "./support.ts";

const STREAM = "KV_SNAPSHOT";
const CHARS = 900_000;
/** A text that shows where it was cut. */
const long = (letter: string): string =>
  Array.from({ length: CHARS / 10 }, (_, i) => `${letter}${i}`.padEnd(10)).join("");

test("[N6] a snapshot that no message could hold comes back as it was written, whatever was there before", async () => {
  const { topology, publisher, mailboxes } = await startStore();
  const texts = snapshotTexts(mailboxes.gets, publisher);
  let after = 0;
  for (const text of ["short", long("a"), long("b"), "short again", long("c"), long("d")]) {
    after = await texts.save("alice", text, after);
    const found = await texts.load("alice");
    expect([found.text === text, found.at]).toEqual([true, after]);
  }
  const { state } = await topology.jsm.streams.info(STREAM);
  // The first entry, and two sets of five pages.
  expect(state.messages).toBe(11);
});

test("[N6] one that was not written to its end leaves the one before; of one that lost a page there is none", async () => {
  const { topology, publisher, mailboxes } = await startStore();
  const texts = snapshotTexts(mailboxes.gets, publisher);
  const at = await texts.save("alice", long("a"), 0);
  const { state } = await topology.jsm.streams.info(STREAM, { subjects_filter: ">" });
  const place = Object.keys(state.subjects ?? {}).find((name) => name.endsWith(".alice"))!;
  for (const i of [0, 1, 2]) await publisher.publish(`${place}.b.${i}`, "another\nhalf");
  expect((await texts.load("alice")).text === long("a")).toBe(true);
  await publisher.publish(`${place}.a.2`, "another\nhalf");
  expect(await texts.load("alice")).toEqual({ text: undefined, at });
});
