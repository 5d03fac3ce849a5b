import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { adopted } from "../../src/projections/adopt.ts";
import type { OtherReplicas } from "../../src/projections/ports.ts";
import { fileIn, ViewStore } from "../../src/projections/store/store.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";
import { MemorySource } from "../support/stream.ts";
import { beginning } from "./support.ts";

async function* once(part: Uint8Array): AsyncGenerator<Uint8Array> {
  yield part;
}

/** A peer that hands out a sound file. */
async function peer(): Promise<OtherReplicas> {
  const dir = folder();
  const store = await ViewStore.open({ dir, log: silent });
  store.table.reset(beginning("first"));
  await store.close();
  const file = readFileSync(fileIn(dir));
  const sha256 = createHash("sha256").update(file).digest("hex");
  return {
    handout: async () => ({ bytes: file.length, sha256, parts: once(file) }),
    onHandout: () => () => undefined,
  };
}

test("[V12] views in whose place a peer's file cannot be put are open, and built from the log", async () => {
  const dir = join(folder(), "MAILBOX_0");
  const source = new MemorySource();
  source.erased = 30_000;
  const own = await ViewStore.open({ dir, log: silent });
  onTestFinished(() => own.close());
  // A folder with a file of somebody else's is not replaced.
  writeFileSync(join(dir, "notes"), "");
  const { signal } = new AbortController();
  const options = { source, dir, log: silent, peers: await peer(), signal };
  const store = await adopted(own, options);
  onTestFinished(() => store.close());
  expect(store.gone).toBe(false);
  store.table.reset(beginning("first"));
  expect(store.table.checkpoint()).toEqual(beginning("first"));
});
