import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { adopted } from "../../src/projections/adopt.ts";
import type { OtherReplicas } from "../../src/projections/ports.ts";
import { fileIn, ViewStore } from "../../src/projections/store/store.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";
import { MemorySource } from "../support/stream.ts";
import { beginning } from "./support.ts";

async function* once(part: Uint8Array, then: () => void): AsyncGenerator<Uint8Array> {
  yield part;
  then();
}

/** A peer that hands out a sound file. `handedOut`: is called when it has. */
async function peer(handedOut = (): void => undefined): Promise<OtherReplicas> {
  const dir = folder();
  const store = await ViewStore.open({ dir, log: silent });
  store.table.reset(beginning("first"));
  await store.close();
  const file = readFileSync(fileIn(dir));
  const sha256 = createHash("sha256").update(file).digest("hex");
  return {
    handout: async () => ({ bytes: file.length, sha256, parts: once(file, handedOut) }),
    onHandout: () => () => undefined,
    say: () => undefined,
    onWord: () => () => undefined,
    saySum: () => undefined,
    onSum: () => () => undefined,
  };
}

/** Views of a stream that misses so many entries, and the folder where a peer's file is looked at. */
async function views(entries: number) {
  const dir = join(folder(), "MAILBOX_0");
  const source = new MemorySource();
  source.erased = entries;
  const own = await ViewStore.open({ dir, log: silent });
  onTestFinished(() => own.close());
  return { own, dir, source, beside: `${dir}-adopting`, log: silent };
}

test("[V12] views in whose place a peer's file cannot be put are open, and built from the log", async () => {
  const { own, dir, ...all } = await views(30_000);
  // A folder with a file of somebody else's is not replaced.
  writeFileSync(join(dir, "notes"), "");
  const { signal } = new AbortController();
  const store = await adopted(own, { ...all, dir, peers: await peer(), signal });
  onTestFinished(() => store.close());
  expect(store.gone).toBe(false);
  store.table.reset(beginning("first"));
  expect(store.table.checkpoint()).toEqual(beginning("first"));
});

test("[V12] the file of a peer is looked through no longer than the views are wanted, and they stay as they were", async () => {
  const { own, beside, ...all } = await views(30_000);
  const ending = new AbortController();
  const peers = await peer(() => ending.abort());
  expect(await adopted(own, { ...all, peers, signal: ending.signal })).toBe(own);
  expect(own.gone).toBe(false);
  expect(existsSync(beside)).toBe(false);
});

test("[V12] a copy that a killed process has left goes, though no other is made", async () => {
  const { own, beside, ...all } = await views(0);
  mkdirSync(beside);
  writeFileSync(fileIn(beside), "half a file");
  const { signal } = new AbortController();
  expect(await adopted(own, { ...all, peers: await peer(), signal })).toBe(own);
  expect(existsSync(beside)).toBe(false);
});
