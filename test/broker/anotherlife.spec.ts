import type { NatsConnection } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { lastOwner, putOwner } from "../../src/nats/owners.ts";
import { checkpointStream, mailboxStream } from "../../src/nats/subjects.ts";
import { ensureTopology } from "../../src/nats/topology.ts";
import { startBroker } from "../support/broker.ts";
import { silent } from "../support/silent.ts";

const WISH = { partitions: 3, replicas: 1 };

/** A broker with the streams, and a connection that does `before` ahead of a request. */
async function started(before: (subject: string) => Promise<void> = async () => undefined) {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const { nc } = await connect({ url: broker.url }, "spec", silent);
  onTestFinished(() => nc.close());
  const watched = new Proxy(nc, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      if (key !== "request") return value.bind(target);
      return async (...args: Parameters<NatsConnection["request"]>) => {
        await before(args[0]);
        return target.request(...args);
      };
    },
  });
  return { nc, watched, topology: await ensureTopology(nc, WISH) };
}

test("[L7] a stream that is made anew while a start looks at it is looked at again, and is of its new life", async () => {
  let isMade = false;
  const { nc, watched, topology } = await started(async (subject) => {
    if (isMade || subject !== "$JS.API.DIRECT.GET.MAILBOX_1.owner.1") return;
    isMade = true;
    await topology.jsm.streams.delete(mailboxStream(1));
    await ensureTopology(nc, WISH);
  });
  const found = await ensureTopology(watched, WISH);
  expect(isMade).toBe(true);
  const said = await lastOwner(found.jsm, 1);
  expect(found.epochs.get(mailboxStream(1))).toBe(said?.owner.epoch);
  expect(said?.owner.epoch).not.toBe(topology.epochs.get(mailboxStream(1)));
});

test("[L7] a stream that stays at odds with its metadata about its epoch is refused with one sentence", async () => {
  const { nc, topology } = await started();
  const { seq, owner } = (await lastOwner(topology.jsm, 1))!;
  await putOwner(nc, 1, { ...owner, epoch: "other" }, seq);
  await expect(ensureTopology(nc, WISH)).rejects.toThrow(
    "stream MAILBOX_1 does not agree with its metadata on its epoch",
  );
});

test("[L5] streams that are made together ask once what is saved beside them", async () => {
  const asked: string[] = [];
  const { watched, topology } = await started(async (subject) => void asked.push(subject));
  for (let k = 0; k < WISH.partitions; k++) await topology.jsm.streams.delete(mailboxStream(k));
  await ensureTopology(watched, WISH);
  for (let k = 0; k < WISH.partitions; k++) {
    const about = asked.filter(
      (subject) => subject === `$JS.API.STREAM.INFO.${checkpointStream(k)}`,
    );
    // Once to see that it is there, and once for what is saved in it.
    expect(about).toHaveLength(2);
  }
});
