import { expect, test } from "vitest";
import { count, host } from "./host.ts";

test("[A2] checkpoints that were put back alone cost repeats, which are dropped: no generation begins", async () => {
  const { make, person, send, shows, restart, backup, marks, settled } = await host(2);
  await make();
  const [alice, bob] = [person("alice", 0), person("bob", 1)];
  for (const n of count(1, 5)) await send(alice, bob, n);
  await shows(bob, alice, count(1, 5));
  await settled(0);
  const restore = await backup("CHECKPOINT_0", "CHECKPOINT_1");
  for (const n of count(6, 9)) await send(alice, bob, n);
  await shows(bob, alice, count(1, 9));
  await settled(0);
  await restart(restore);
  for (const n of count(10, 12)) await send(alice, bob, n);
  await shows(bob, alice, count(1, 12));
  expect([await marks(0), await marks(1)]).toEqual([[], []]);
});

test("[A2] without a checkpoint that can be read all is told from the beginning of the log, and shown once", async () => {
  const { make, person, send, shows, settled, topology, link } = await host(2);
  const first = await make();
  const [alice, bob] = [person("alice", 0), person("bob", 1)];
  for (const n of count(1, 5)) await send(alice, bob, n);
  await shows(bob, alice, count(1, 5));
  await settled(0);
  await first.stop();
  for (const name of ["CHECKPOINT_0", "CHECKPOINT_1"]) await topology.jsm.streams.purge(name);
  // Of somebody else, or of a disk: no JSON.
  for (const key of ["reached", "highest", "trail"])
    await link.nc.request(`checkpoint.0.${key}`, '{"epoch');
  await make();
  await send(alice, bob, 6);
  await shows(bob, alice, count(1, 6));
  const checkpoints = () => topology.jsm.streams.info("CHECKPOINT_0");
  await expect.poll(async () => (await checkpoints()).state.messages).toBeGreaterThan(0);
});
