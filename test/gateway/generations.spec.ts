import { describe, expect, test } from "vitest";
import { deliver } from "../../src/gateway/routed.ts";
import { house } from "./world.ts";

const frame = (seq: number): string => `{"t":"event","mailbox":"alice","seq":${seq}}`;

describe("an entry that is routed to a session", () => {
  const routed = async (known: number, generation: number) => {
    const { world, parts, live } = house();
    world.generation = known;
    const { wire, connection } = await live("alice");
    wire.frames.length = 0;
    const sessions = [...parts.sessions.keys()];
    const record = {
      kind: "event",
      sessions,
      seq: 9,
      generation,
      prev: 1,
      frame: frame(9),
    } as const;
    deliver([record], parts);
    return { wire, connection };
  };

  test("of the generation that is known is told", async () => {
    const { wire } = await routed(1, 1);
    expect(wire.frames).toMatchObject([{ t: "event", seq: 9 }]);
  });

  test("[L6] of a generation that has not been heard of yet is not told: the client comes back, and says where it stands", async () => {
    const { wire } = await routed(0, 1);
    expect(wire.frames).toEqual([]);
    expect(wire.closes).toEqual([4410]);
  });

  test("[L6] of a generation that is over means nothing: its seq is another entry's now", async () => {
    const { wire, connection } = await routed(1, 0);
    expect(wire.frames).toEqual([]);
    expect(connection.session).toMatchObject({ is: "live", cursor: { head: 1 } });
  });
});
