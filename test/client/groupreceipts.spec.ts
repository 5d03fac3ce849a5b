import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Receipts, type ReadingState } from "../../src/client/mailbox/receipts.ts";

const G = `g-${"1".repeat(22)}`;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A device that has a group's messages up to 50, read up to 40. */
function reader(more: Partial<ReadingState> = {}) {
  const chat: ReadingState = {
    peer: G,
    mine: { delivered: 0, read: 0 },
    seen: 40,
    received: 50,
    ...more,
  };
  const said: string[] = [];
  const receipts = new Receipts({
    chats: new Map([[G, chat]]),
    send: ({ t, upTo }) => said.push(`${t} ${upTo}`),
    limits: () => ({ marksPerSecond: 20, marksBurst: 200 }),
    elapsed: () => Date.now(),
    moment: () => ({ elapsed: Date.now(), wall: Date.now() }),
  });
  return {
    chat,
    receipts,
    /** All that is said from now on for so long. */
    says: (ms = 5_000): string[] => {
      said.length = 0;
      vi.advanceTimersByTime(ms);
      return [...said];
    },
    /** All that is said first on the next connection. */
    back: (): string[] => {
      receipts.stop();
      said.length = 0;
      receipts.start();
      vi.advanceTimersByTime(5_000);
      return [...said];
    },
    said,
  };
}

describe("receipts of a group", () => {
  test("[G12] are told at once, and again on the next connection where that was less than a minute before the break", () => {
    const device = reader();
    device.receipts.start();
    expect(device.said).toEqual(["read 40", "delivered 50"]);
    vi.advanceTimersByTime(59_999);
    expect(device.back()).toEqual(["read 40", "delivered 50"]);
  });

  test("[G12] of longer ago are told again where the own mailbox shows less that was read", () => {
    const device = reader();
    device.receipts.start();
    vi.advanceTimersByTime(60_000);
    expect(device.back()).toEqual(["read 40"]);
    vi.advanceTimersByTime(61_000);
    Object.assign(device.chat, { mine: { delivered: 0, read: 40 } });
    expect(device.back()).toEqual([]);
  });

  test("[G12] are told again, whatever was told and stored, behind a generation of the group's log that the device has not seen", () => {
    const device = reader({ mine: { delivered: 0, read: 1 }, seen: 1 });
    device.receipts.start();
    expect(device.said).toEqual(["delivered 50"]);
    expect(device.says(61_000)).toEqual([]);
    device.receipts.anew(G);
    expect(device.said).toEqual(["read 1", "delivered 50"]);
    expect(device.says(61_000)).toEqual([]);
  });

  test("[G12] are told of none that its user has left", () => {
    const group = { me: "ann", epoch: "e", generation: 0, from: 1, mentioned: false, info: {} };
    const device = reader({ group: { ...group, upTo: 60 } });
    device.receipts.start();
    expect(device.says()).toEqual([]);
    Object.assign(device.chat, { group });
    device.receipts.tell([G]);
    expect(device.said).toEqual(["read 40", "delivered 50"]);
  });
});
