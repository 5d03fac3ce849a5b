import { once } from "node:events";
import { existsSync, watch } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { mailboxStream } from "../../src/nats/subjects.ts";
import { ensureTopology } from "../../src/nats/topology.ts";
import type { App } from "../support/app.ts";
import { silent } from "../support/silent.ts";
import { Company, expectViewsAreAReplay, server, until } from "./support.ts";

const STREAM = mailboxStream(0);
const SAMPLE = 1_000;

/** Waits for a moment in which the broker has a batch in its hands. */
async function inTheMiddleOfABatch({ broker }: App): Promise<void> {
  const batches = join(broker.dir, "store", "jetstream", "$G", "streams", STREAM, "batches");
  await until(() => existsSync(batches));
  const seen = watch(batches);
  await once(seen, "change");
  seen.close();
}

/** How many of the last entries of the stream came in a batch. */
async function inBatches({ broker }: App): Promise<number> {
  const link = await connect({ url: broker.url }, "spec", silent);
  try {
    const { jsm } = await ensureTopology(link.nc, { partitions: 1, replicas: 1 });
    const { last_seq: end } = (await jsm.streams.info(STREAM)).state;
    // A sample is enough, and reading them one by one takes time.
    const seqs = Array.from({ length: Math.min(SAMPLE, end) }, (_, i) => end - i);
    const messages = await Promise.all(seqs.map((seq) => jsm.direct.getMessage(STREAM, { seq })));
    return messages.filter((message) => message?.header.has("Nats-Batch-Id") === true).length;
  } finally {
    await link.nc.close();
  }
}

test("[L9][O4][S2] killed with -9 in the middle of batches, broker and Posthorn lose, double and reorder nothing", async () => {
  const app = await server({ PARTITIONS: "1" }, "always");
  const names = Array.from({ length: 12 }, (_, i) => `person-${i}`);
  const company = new Company(app, ...names);
  const each = 30;
  const deaths = [["broker"], ["app"], ["broker", "app"], ["broker"], ["app", "broker"]] as const;
  for (const [round, dying] of deaths.entries()) {
    company.chat(each);
    await until(() => company.acked > round * each * names.length + 60);
    await inTheMiddleOfABatch(app);
    await Promise.all(dying.map((each) => (each === "app" ? app.kill() : app.broker.kill())));
    if (dying.some((who) => who === "broker")) await app.broker.restart();
    if (dying.some((who) => who === "app")) await app.restart();
  }
  company.chat(each);
  await company.settled();
  expect(company.acked).toBe((deaths.length + 1) * each * names.length);
  company.expectPromisesKept();
  // Without batches nothing was proven.
  expect(await inBatches(app)).toBeGreaterThan(100);
  await expectViewsAreAReplay(app);
}, 180_000);
