import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Link } from "../../src/nats/connection.ts";
import { gatewaysOf, LiveGateways, Registration } from "../../src/nats/kv/gateways.ts";
import type { Topology } from "../../src/nats/topology.ts";
import { silent } from "../support/silent.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const STORED = '{"stream":"KV_GATEWAY","seq":7}';
const FULL = '{"error":{"code":503,"err_code":10047,"description":"insufficient resources"}}';

describe("a gateway in the registry", () => {
  test("whose renewals the broker answers and does not store, learns that it was lost", async () => {
    const broker = { answer: STORED };
    const request = async () => ({ string: () => broker.answer });
    const link = { nc: { request }, connected: () => true } as unknown as Link;
    const lost = vi.fn<() => void>();
    const registered = new Registration(link, "gw-1", lost, silent);
    await registered.start();
    await vi.advanceTimersByTimeAsync(30_000);
    broker.answer = FULL;
    expect(registered.isFresh).toBe(true);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(registered.isFresh).toBe(false);
    expect(lost).not.toHaveBeenCalled();
    broker.answer = STORED;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(lost).toHaveBeenCalledOnce();
    expect(registered.isFresh).toBe(true);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(lost).toHaveBeenCalledOnce();
    await registered.stop();
  });

  test("that is not stored at the start, ends it with a sentence", async () => {
    const request = async () => ({ string: () => FULL });
    const link = { nc: { request }, connected: () => true } as unknown as Link;
    const registered = new Registration(link, "gw-1", () => undefined, silent);
    await expect(registered.start()).rejects.toThrow(
      "the broker stores nothing, is its disk full?",
    );
  });

  test("counts as long as its last word says, by the broker's clock, whatever lies there still", async () => {
    const began = Date.now();
    const info = async () => ({
      state: { subjects: { "$KV.GATEWAY.gw-1": 1, "$KV.GATEWAY.gw-2": 1, "$KV.GATEWAY.gw-3": 1 } },
      ts: new Date(began + 5_000).toISOString(),
    });
    const ttls = { "$KV.GATEWAY.gw-1": "10s", "$KV.GATEWAY.gw-2": "1s" } as Record<string, string>;
    const getMessage = async (_stream: string, { last_by_subj }: { last_by_subj: string }) =>
      last_by_subj in ttls
        ? { time: new Date(began), header: { get: () => ttls[last_by_subj] } }
        : null;
    const topology = { jsm: { streams: { info }, direct: { getMessage } } } as unknown as Topology;
    expect(await gatewaysOf(topology)).toEqual(new Set(["gw-1"]));
  });

  test("is not taken for dead while the registry cannot be read", async () => {
    const broker = { away: false, subjects: { "$KV.GATEWAY.gw-1": 1 } };
    const info = async () => {
      if (broker.away) throw new Error("timeout");
      return { state: { subjects: broker.subjects }, ts: new Date().toISOString() };
    };
    const header = { get: () => "10s" };
    const direct = { getMessage: async () => ({ time: new Date(), header }) };
    const topology = { jsm: { streams: { info }, direct } } as unknown as Topology;
    const gateways = new LiveGateways(topology, silent);
    await gateways.start();
    const isLive = (gatewayId: string): boolean => gateways.has(gatewayId);
    expect([isLive("gw-1"), isLive("gw-2")]).toEqual([true, false]);
    broker.away = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect([isLive("gw-1"), isLive("gw-2")]).toEqual([true, true]);
    broker.away = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect([isLive("gw-1"), isLive("gw-2")]).toEqual([true, false]);
    gateways.stop();
  });
});
