import { describe, expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { source } from "../../src/nats/read/sources.ts";
import { activitySubject, copySubject, factSubject } from "../../src/nats/subjects.ts";
import { Projections } from "../../src/projections/projections.ts";
import { verify } from "../../src/projections/verify.ts";
import { startBroker } from "../support/broker.ts";
import { folder } from "../support/folder.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { entry } from "../projections/traffic.mjs";
import { streamsOf } from "../support/streams.ts";

/** A broker whose streams have lost their newest entries, and the views that are built of them. */
async function shortened({ lost }: { lost: readonly number[] }) {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const link = await connect({ url: broker.url }, "spec", silent);
  onTestFinished(() => link.nc.close());
  const topology = await streamsOf(link, { partitions: 1, replicas: 1 });
  for (let seq = 1; seq <= 8; seq++) {
    const { kind, owner, raw } = entry(seq);
    await link.nc.request((kind === "fact" ? factSubject : copySubject)(owner), raw, PATIENCE);
  }
  await link.nc.request(
    activitySubject("alice"),
    '{"type":"UserActive","action":"send"}',
    PATIENCE,
  );
  for (const seq of lost) await topology.jsm.streams.deleteMessage("MAILBOX_0", seq);
  await topology.jsm.streams.deleteMessage("ACTIVITY", 1);
  const sources = ["MAILBOX_0", "ACTIVITY"].map((name) =>
    source(link, topology, name, "gathering", silent),
  );
  const dir = folder();
  const start = async (): Promise<Projections> => {
    const views = await Projections.start({
      sources,
      dir,
      mailboxOf: () => "MAILBOX_0",
      onlineMs: 20_000,
      elapsed: () => 0,
      log: silent,
    });
    onTestFinished(() => views.stop());
    return views;
  };
  return { start, sources, dir };
}

describe("when the newest entries of a stream are gone and there are no views", () => {
  test("the views are ready with what is there", async () => {
    const { start, sources, dir } = await shortened({ lost: [8, 9] });
    const views = await start();
    await views.ready;
    expect(views.runners.get("MAILBOX_0")?.applied).toBe(7);
    expect(await verify(dir, `${dir}-scratch`, sources, silent)).toMatchObject([
      { seq: 7, unproven: 0 },
      { seq: 0 },
    ]);
    await views.stop();
    const again = await start();
    await again.ready;
    expect(again.runners.get("MAILBOX_0")?.applied).toBe(7);
  });
  test("the views of an emptied stream are ready, too", async () => {
    const { start } = await shortened({ lost: [1, 2, 3, 4, 5, 6, 7, 8, 9] });
    const views = await start();
    await views.ready;
    expect(views.runners.get("MAILBOX_0")?.applied).toBe(0);
  });
});
