import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { mailboxStream } from "../../src/nats/subjects.ts";
import type { App } from "../support/app.ts";
import { silent } from "../support/silent.ts";
import { Company, expectViewsAreAReplay, server, until } from "./support.ts";
import { streamsOf } from "../support/streams.ts";

const STREAM = mailboxStream(0);
const SAMPLE = 1_000;

/** Waits for a moment in which the broker has a batch in its hands; the company goes on chatting until then. */
async function inTheMiddleOfABatch({ broker }: App, company: Company): Promise<void> {
  const batches = join(broker.dir, "store", "jetstream", "$G", "streams", STREAM, "batches");
  await until(() => {
    if (company.waiting < 2 * company.people.length) company.chat(4);
    return existsSync(batches) && readdirSync(batches).length > 0;
  });
}

/** How many of the last entries of the stream came in a batch. */
async function inBatches({ broker }: App): Promise<number> {
  const link = await connect({ url: broker.url }, "spec", silent);
  try {
    const { jsm } = await streamsOf(link, { partitions: 1, replicas: 1 });
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
  const company = new Company(app, ...Array.from({ length: 20 }, (_, i) => `person-${i}`));
  const deaths = [["broker"], ["app"], ["broker", "app"], ["broker"], ["app", "broker"]] as const;
  for (const dying of deaths) {
    const before = company.acked;
    company.chat(10);
    await until(() => company.acked > before + 50);
    await inTheMiddleOfABatch(app, company);
    await Promise.all(dying.map((each) => (each === "app" ? app.kill() : app.broker.kill())));
    if (dying.some((who) => who === "broker")) await app.broker.restart();
    if (dying.some((who) => who === "app")) await app.restart();
  }
  company.chat(5);
  await company.settled();
  expect(company.acked).toBe(company.written);
  company.expectPromisesKept();
  // Without batches nothing was proven.
  expect(await inBatches(app)).toBeGreaterThan(100);
  await expectViewsAreAReplay(app);
});
