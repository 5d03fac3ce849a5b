import { expect, test } from "vitest";
import { halt, launch, type Running } from "../../src/roles/running.ts";

/** Parts that say what happens to them; the one named `breaks` does not start. */
function running(breaks?: string) {
  const said: string[] = [];
  const part = (name: string) => ({
    start: async () => {
      await Promise.resolve();
      said.push(`${name} starts`);
      if (name === breaks) throw new Error(`${name} does not start`);
    },
    stop: async () => void said.push(`${name} stops`),
  });
  const keepers = ["k0", "k1"].map(part);
  const partitions = ["p0", "p1", "p2"].map(part);
  const lanes = { close: () => void said.push("lanes close") };
  return { said, parts: { keepers, partitions, lanes } as unknown as Running };
}
const ENDED = ["lanes close", "k0 stops", "k1 stops", "p0 stops", "p1 stops", "p2 stops"];
const BEGUN = ["k0 starts", "k1 starts", "p0 starts", "p1 starts", "p2 starts"];

test("actors of which one partition does not start are all ended, their keepers too", async () => {
  const { said, parts } = running("p1");
  await expect(launch(parts)).rejects.toThrow("p1 does not start");
  expect(said).toEqual([...BEGUN, ...ENDED]);
});

test("actors that have started run until they are ended", async () => {
  const { said, parts } = running();
  expect(await launch(parts)).toBe(parts);
  expect(said).toEqual(BEGUN);
  await halt(parts);
  expect(said).toEqual([...BEGUN, ...ENDED]);
});
