import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Presences } from "../../src/client/connection/presences.ts";
import type { ErrorFrame } from "../../src/protocol/frames/error.ts";
import { USERS_MAX } from "../../src/protocol/frames/presence.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A device that is connected, at a server that lets one socket watch so many. */
function device(watches = 200, isOpen = true) {
  const said: string[] = [];
  const seen = { changes: 0 };
  const ports = {
    send: (frame: object) => {
      const { t, users, ref } = frame as { t: string; users: string[]; ref: string };
      expect([ref, users.length <= USERS_MAX]).toEqual([":watches", true]);
      said.push(`${t} ${users.join(" ")}`);
    },
    limits: (): { watches: number } | undefined => ({ watches }),
    changed: () => void seen.changes++,
  };
  const presences = new Presences(ports);
  if (isOpen) presences.start();
  const refusal = (more: Partial<ErrorFrame> = {}): boolean =>
    presences.refused({
      t: "error",
      code: "rate_limited",
      message: "",
      retryable: true,
      ref: ":watches",
      ...more,
    });
  /** All that has been said by now, since it was asked last. */
  const says = async (ms = 0): Promise<string[]> => {
    await vi.advanceTimersByTimeAsync(ms);
    return said.splice(0);
  };
  return { presences, ports, refusal, says, seen };
}

describe("[P3] users whose presence is followed", () => {
  test("are named once, by count of use, and the wishes of one turn together", async () => {
    const { presences, says } = device();
    const ends = [presences.watch(["bob", "eve", "bob"]), presences.watch(["eve", "zoe"])];
    expect(await says()).toEqual(["watch bob eve zoe"]);
    ends[0]?.();
    ends[0]?.();
    expect(await says()).toEqual(["unwatch bob"]);
    ends[1]?.();
    expect(await says()).toEqual(["unwatch eve zoe"]);
    const [first, second] = [presences.watch(["bob"]), presences.watch(["bob"])];
    expect(await says()).toEqual(["watch bob"]);
    first();
    presences.watch(["eve"])();
    expect(await says()).toEqual([]);
    second();
    expect(await says()).toEqual(["unwatch bob"]);
  });

  test("are named in frames that the server takes", async () => {
    const { presences, says } = device(10 * USERS_MAX);
    const users = Array.from({ length: 2 * USERS_MAX + 1 }, (_, n) => `u${n}`);
    presences.watch(users);
    const frames = await says();
    expect(frames).toHaveLength(3);
    expect(frames.flatMap((frame) => frame.split(" ").slice(1))).toEqual(users);
  });

  test("are the first ones, beyond what the server lets one socket watch, and others as some are given up", async () => {
    const { presences, says } = device(2);
    const end = presences.watch(["a"]);
    presences.watch(["b", "c"]);
    expect(await says()).toEqual(["watch a b"]);
    end();
    expect(await says()).toEqual(["unwatch a", "watch c"]);
  });

  test("are followed on each connection anew, and on none there is nothing to say", async () => {
    const { presences, ports, says } = device(200, false);
    presences.watch(["bob"])();
    const end = presences.watch(["eve", "zoe"]);
    expect(await says()).toEqual([]);
    presences.start();
    expect(await says()).toEqual(["watch eve zoe"]);
    presences.stop();
    presences.watch(["ann"]);
    end();
    expect(await says()).toEqual([]);
    const { limits } = ports;
    ports.limits = () => undefined;
    presences.start();
    presences.watch(["bob"]);
    expect(await says()).toEqual([]);
    ports.limits = limits;
    presences.start();
    expect(await says()).toEqual(["watch ann bob"]);
  });
});

describe("a presence", () => {
  test("is known as long as somebody follows the user, and is the same until it changes", () => {
    const { presences, seen } = device();
    const told = (online: boolean, lastSeen?: number): void =>
      presences.told({ t: "presence", user: "bob", online, ...(lastSeen && { lastSeen }) });
    told(true);
    expect([presences.of("bob"), seen.changes]).toEqual([undefined, 0]);
    const ends = [presences.watch(["bob"]), presences.watch(["bob"])];
    told(true);
    const known = presences.of("bob");
    told(true);
    expect(known).toEqual({ online: true });
    expect(presences.of("bob")).toBe(known);
    told(false, 5);
    expect([presences.of("bob"), seen.changes]).toEqual([{ online: false, lastSeen: 5 }, 3]);
    ends[0]?.();
    expect(presences.of("bob")).toBeDefined();
    ends[1]?.();
    expect([presences.of("bob"), seen.changes]).toEqual([undefined, 4]);
    presences.watch(["eve"])();
    expect(seen.changes).toBe(4);
  });
});

describe("[P3] watches that are refused for now", () => {
  test("are said again behind the time that the server named, by default a second, and the ends of others", async () => {
    const { presences, refusal, says } = device();
    const end = presences.watch(["bob", "eve"]);
    presences.watch(["zoe"]);
    await says();
    end();
    expect(await says()).toEqual(["unwatch bob eve"]);
    expect([refusal(), refusal({ retryAfterMs: 1 })]).toEqual([true, true]);
    expect(await says(999)).toEqual([]);
    expect(await says(1)).toEqual(["unwatch bob eve", "watch zoe"]);
    expect(await says(60_000)).toEqual([]);
    refusal({ retryAfterMs: 5_000 });
    presences.watch(["bob"]);
    expect(await says(4_999)).toEqual(["watch bob"]);
    expect(await says(1)).toEqual(["unwatch eve", "watch zoe bob"]);
  });

  test("end no more users than the server lets one socket watch, the last ones", async () => {
    const { presences, refusal, says } = device(2);
    for (const user of ["a", "b", "c", "d"]) {
      const end = presences.watch([user]);
      await says();
      end();
      await says();
    }
    refusal();
    expect(await says(1_000)).toEqual(["unwatch c d"]);
  });

  test("are none of another frame, nor any for good, and with the connection there is nothing to say again", async () => {
    const { presences, refusal, says } = device();
    presences.watch(["bob"]);
    await says();
    expect([refusal({ ref: "bob" }), refusal({ retryable: false })]).toEqual([false, false]);
    expect(await says(60_000)).toEqual([]);
    refusal();
    presences.stop();
    presences.start();
    expect(await says()).toEqual(["watch bob"]);
    expect(await says(60_000)).toEqual([]);
    // A refusal on this connection is its own.
    refusal();
    expect(await says(1_000)).toEqual(["watch bob"]);
  });
});
