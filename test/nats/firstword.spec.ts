import { expect, test } from "vitest";
import { NEVER } from "../../src/events/instant.ts";
import { Beside, marksOfNew } from "../../src/nats/firstword.ts";

type Manager = ConstructorParameters<typeof Beside>[0];

/** Streams of checkpoints, by their names, with the records that lie in them. */
const broker = (streams: Readonly<Record<string, Readonly<Record<string, object>>>>) =>
  ({
    streams: {
      info: async (name: string) => ({ state: { last_seq: Object.keys(streams[name]!).length } }),
    },
    direct: {
      getMessage: async (name: string, { last_by_subj: subject }: { last_by_subj: string }) => {
        const record = streams[name]?.[subject];
        return record === undefined ? null : { seq: 1, data: Buffer.from(JSON.stringify(record)) };
      },
    },
  }) as unknown as Manager;

const checkpoint = (told: readonly number[]) => ({ epoch: "old", position: 0, told, bare: 0 });

test("a mailbox stream that is new begins in no generation", async () => {
  expect(
    await marksOfNew(new Beside(broker({ CHECKPOINT_0: {}, CHECKPOINT_1: {} }), 2), 1),
  ).toEqual([]);
});

test("[L5] a mailbox stream that was there before, and is made anew, is one generation above all that are known of it", async () => {
  const known = { "checkpoint.0.reached": checkpoint([0, 3]) };
  const own = { "checkpoint.1.reached": checkpoint([0, 2]) };
  const mark = { generation: 4, from: 9, before: NEVER };
  const highest = { "checkpoint.1.highest": { epoch: "old", trail: [], older: 0, marks: [mark] } };
  for (const [streams, generation] of [
    [{ CHECKPOINT_0: {}, CHECKPOINT_1: own }, 3],
    [{ CHECKPOINT_0: known, CHECKPOINT_1: own }, 4],
    [{ CHECKPOINT_0: known, CHECKPOINT_1: { ...own, ...highest } }, 5],
    [{ CHECKPOINT_0: { "checkpoint.0.reached": checkpoint([0, 0]) }, CHECKPOINT_1: {} }, 1],
  ] as const)
    expect(await marksOfNew(new Beside(broker(streams), 2), 1)).toEqual([
      { generation, from: 1, before: NEVER },
    ]);
});
