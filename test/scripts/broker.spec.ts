import { connect } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { startBroker } from "../support/broker.ts";

test("[O4] what a broker has stored is there after a kill -9 and a restart", async () => {
  const broker = await startBroker();
  try {
    const before = await connect({ servers: broker.url });
    await (await jetstreamManager(before)).streams.add({ name: "S", subjects: ["s"] });
    const { pid } = broker;
    await broker.kill();
    await broker.restart();
    expect(broker.pid).not.toBe(pid);
    const after = await connect({ servers: broker.url });
    const { config } = await (await jetstreamManager(after)).streams.info("S");
    expect(config.subjects).toEqual(["s"]);
    await Promise.all([before.close(), after.close()]);
  } finally {
    await broker.stop();
  }
});
