import { expect, test, vi } from "vitest";
import { count, host } from "./host.ts";
import { PATIENCE } from "../support/patience.ts";

test("[L6] what is sent after the author's stream came back shorter is no repeat to its peer (L1), nor to anybody who reads on (L2)", async () => {
  const { make, person, send, shows, restart, backup, marks } = await host(2);
  await make();
  const [alice, bob] = [person("alice", 0), person("bob", 1)];
  for (const n of count(1, 5)) await send(alice, bob, n);
  await shows(bob, alice, count(1, 5));
  const restore = await backup("MAILBOX_0");
  for (const n of count(6, 9)) await send(alice, bob, n);
  await shows(bob, alice, count(1, 9));
  await restart(restore);
  await vi.waitFor(async () => expect(await marks(0)).toHaveLength(1), PATIENCE);
  expect(await marks(1)).toEqual([]);
  for (const n of count(10, 14)) await send(alice, bob, n);
  await shows(bob, alice, count(1, 14));
});

test.each([1, 3] as const)(
  "[L6] what a roll-back took of the copies in a stream is told again, once, and in its order: %i servers",
  async (servers) => {
    const { make, person, send, shows, restart, backup, marks, settled } = await host(2, servers);
    await make();
    const [carol, dave] = [person("carol", 1), person("dave", 0)];
    for (const n of count(1, 5)) await send(carol, dave, n);
    await shows(dave, carol, count(1, 5));
    const restore = await backup("MAILBOX_0");
    for (const n of count(6, 9)) await send(carol, dave, n);
    await shows(dave, carol, count(1, 9));
    // Somebody in the stream itself makes its end known outside.
    await send(person("erin", 0), person("frank", 1), 1);
    await shows(person("frank", 1), person("erin", 0), [1]);
    await settled(1);
    await restart(restore);
    await vi.waitFor(async () => expect(await marks(0)).toHaveLength(1), PATIENCE);
    await send(carol, dave, 10);
    await shows(dave, carol, count(1, 10));
  },
);
