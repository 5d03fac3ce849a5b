import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { MailboxLog } from "../../src/nats/read/log.ts";
import { silent } from "../support/silent.ts";
import type { App } from "../support/app.ts";
import { Company, server, until } from "./support.ts";
import { streamsOf } from "../support/streams.ts";

/** The mailboxes as they really are. */
async function openLog(app: App): Promise<MailboxLog> {
  const link = await connect({ url: app.broker.url }, "spec", silent);
  onTestFinished(() => link.nc.close());
  const topology = await streamsOf(link, { partitions: 1, replicas: 1 });
  const mailboxes = new MailboxLog(link, topology);
  mailboxes.start();
  return mailboxes;
}

async function seqsOf(log: MailboxLog, user: string, upTo: number): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { entries } of log.read(user, 0, upTo))
    seqs.push(...entries.map(({ seq }) => seq));
  return seqs;
}

/** The ones who are cut off next, after how many more events. 0: while they say hello. */
const cuts = fc.array(fc.record({ who: fc.nat(2), after: fc.nat(25) }), {
  minLength: 3,
  maxLength: 15,
});

test("[M2] whoever is cut off at any moment gets each entry once, behind the one before", async () => {
  const app = await server();
  const log = await openLog(app);
  let round = 0;
  await fc.assert(
    fc.asyncProperty(cuts, async (plan) => {
      round++;
      const company = new Company(app, `ann${round}`, `ben${round}`, `cem${round}`);
      company.chat(60);
      for (const { who, after } of plan) {
        const person = company.people[who];
        const goal = (person?.seqs.length ?? 0) + after;
        await until(() => (person?.seqs.length ?? 0) >= goal || company.acked === 180);
        person?.cut();
      }
      await company.settled();
      company.expectPromisesKept();
      for (const { user, seqs } of company.people) {
        // Sessions that were cut are still being closed: what comes while the log is read is left out.
        const got = [...seqs];
        expect(got).toEqual(await seqsOf(log, user, got.at(-1) ?? 0));
      }
      for (const person of company.people) person.leave();
    }),
    { numRuns: 8, endOnFailure: true },
  );
});
