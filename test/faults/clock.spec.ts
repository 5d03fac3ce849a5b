import { expect, onTestFinished, test, vi } from "vitest";
import { connect } from "../../src/nats/connection.ts";
import { startBroker } from "../support/broker.ts";
import { device } from "../support/device.ts";
import { silent } from "../support/silent.ts";
import { streamsOf } from "../support/streams.ts";
import { actorsOver, gatewayOver } from "./processes.ts";
import { until } from "./support.ts";

const HOUR_MS = 3_600_000;

test("[O16] a wall clock that steps forward and back closes no socket, stops no heartbeat, holds up no message and shows nobody as away", async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const open = async () => {
    const link = await connect({ url: broker.url }, "spec", silent);
    onTestFinished(() => link.nc.close());
    return link;
  };
  const link = await open();
  await streamsOf(link, { partitions: 1, replicas: 1 });
  await actorsOver(link, "host-1");
  const limits = { HEARTBEAT_MS: "300", IDLE_MS: "20000", SENDS_BURST: "3" };
  const gateway = await gatewayOver(await open(), 1, undefined, limits);
  const [alice, bob] = await Promise.all(["alice", "bob"].map((user) => device(gateway, user)));
  if (alice === undefined || bob === undefined) throw new Error("nobody is there");
  const all = [alice, bob];
  const heartbeats = (): number[] =>
    all.map(({ frames }) => frames.filter(({ t }) => t === "pong").length);
  const now = Date.now.bind(Date);
  let step = 0;
  const clock = vi.spyOn(Date, "now").mockImplementation(() => now() + step);
  onTestFinished(() => clock.mockRestore());

  for (const [n, by] of [0, HOUR_MS / 2, -HOUR_MS / 2].entries()) {
    step = by;
    const before = heartbeats();
    // Two behind the step: whatever goes by the wall clock has been looked at in between.
    await until(() => heartbeats().every((count, i) => count >= (before[i] ?? 0) + 2));
    bob.say({ t: "send", cid: `b.${n + 1}`, to: "alice", body: `${n}` });
    await alice.until(({ event }) => event?.body === `${n}`);
    const told = alice.frames.length;
    alice.say({ t: "watch", users: ["bob"] });
    await until(() => alice.frames.slice(told).some(({ t }) => t === "presence"));
    const presence = alice.frames.findLast(({ t }) => t === "presence");
    expect(presence).toMatchObject({ user: "bob", online: true });
    alice.say({ t: "unwatch", users: ["bob"] });
  }
  for (const { ws, frames } of all) {
    expect(ws.readyState).toBe(ws.OPEN);
    expect(frames.filter(({ t }) => t === "error")).toEqual([]);
  }
  await Promise.all(all.map((each) => each.close()));
});
