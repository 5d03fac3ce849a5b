import { expect, test, vi } from "vitest";
import { count, host } from "./host.ts";
import { PATIENCE } from "../support/patience.ts";

const STREAMS = [0, 1, 2, 3];

/** Hosts on one broker, and the words of each stream about itself. */
async function hosts() {
  const { topology, ...rest } = await host(STREAMS.length);
  const said = async (k: number): Promise<string[]> => {
    const name = `MAILBOX_${k}`;
    const { last_seq: end } = (await topology.jsm.streams.info(name)).state;
    const words: string[] = [];
    for (const seq of count(1, end)) {
      const entry = await topology.jsm.direct.getMessage(name, { seq });
      if (entry?.subject === `owner.${k}`) words.push(entry.json<{ type: string }>().type);
    }
    return words;
  };
  return { ...rest, all: () => Promise.all(STREAMS.map(said)) };
}

test("[A11] a start claims each stream once, a stop says that nobody owns it, and the next start claims it at once", async () => {
  const { make, person, send, shows, settled, all } = await hosts();
  const once = ["StreamBegan", "OwnerClaimed"];
  const first = await make("first");
  await Promise.all(STREAMS.map(settled));
  expect(await all()).toEqual(STREAMS.map(() => once));
  await first.stop();
  expect(await all()).toEqual(STREAMS.map(() => [...once, "OwnerLeft"]));
  const second = await make("second");
  expect(STREAMS.map((k) => second.claimOf(k) > 0)).toEqual([true, true, true, true]);
  await send(person("alice", 0), person("bob", 1), 1);
  await shows(person("bob", 1), person("alice", 0), [1]);
});

test("[A13] a host that joins gets its share, and gives it back when it stops", async () => {
  const { make } = await hosts();
  const first = await make("first");
  const second = await make("second");
  const shares = (): number[] =>
    [first, second].map((each) => STREAMS.filter((k) => each.claimOf(k) > 0).length);
  await vi.waitFor(() => expect(shares()).toEqual([2, 2]), PATIENCE);
  await second.stop();
  await vi.waitFor(() => expect(shares()).toEqual([4, 0]), PATIENCE);
});
