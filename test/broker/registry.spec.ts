import { expect, onTestFinished, test, vi } from "vitest";
import { Deaths } from "../../src/actors/deaths.ts";
import type { Link } from "../../src/nats/connection.ts";
import { isAnyAlive, registered } from "../../src/nats/kv/alive.ts";
import { Registration } from "../../src/nats/kv/registration.ts";
import { Neighbours } from "../../src/nats/kv/neighbours.ts";
import { GatewayRegistry, lastWord } from "../../src/nats/kv/gateways.ts";
import { silent } from "../support/silent.ts";
import { startStore, until } from "./support.ts";
import { PATIENCE, PATIENCE_MS } from "../support/patience.ts";

/** A host that watches the registry. */
function watch(link: Link): { deaths: Deaths; registry: GatewayRegistry } {
  const registry = new GatewayRegistry(link);
  registry.start();
  const deaths = new Deaths(registry, { now: () => performance.now(), log: silent });
  deaths.start();
  onTestFinished(() => {
    deaths.stop();
    registry.stop();
  });
  return { deaths, registry };
}

async function register(link: Link): Promise<Registration> {
  const registration = new Registration(link, silent);
  await registration.start();
  onTestFinished(() => registration.stop());
  return registration;
}

/** The link, with a say in what the broker's answers to words of the registry are. */
function overheard(link: Link, answer: (subject: string, data: unknown) => void): Link {
  const nc = new Proxy(link.nc, {
    get(target, name) {
      if (name !== "request") return Reflect.get(target, name) as unknown;
      return async (...args: Parameters<typeof target.request>) => {
        const answered = await target.request(...args);
        answer(args[0], args[1]);
        return answered;
      };
    },
  });
  return { ...link, nc };
}

test("[O11] a gateway that is declared dead reads so, takes another id, and is followed there", async () => {
  const { link } = await startStore();
  const registration = await register(link);
  const { registry } = watch(link);
  const [lost, ids] = [vi.fn<() => void>(), [] as string[]];
  registration.onLost(lost);
  registration.follow((id) => {
    ids.push(`+${id}`);
    return () => ids.push(`-${id}`);
  });
  const first = registration.id ?? "";
  const word = await lastWord(link.nc, first);
  expect(await registry.declareDead(first, (word?.revision ?? 0) - 1)).toBe(false);
  // Its renewal may come between.
  await vi.waitFor(async () => {
    const { revision = 0 } = (await lastWord(link.nc, first)) ?? {};
    expect(await registry.declareDead(first, revision)).toBe(true);
  }, PATIENCE);
  await until(() => registration.id !== undefined && registration.id !== first);
  expect(lost).toHaveBeenCalledOnce();
  expect(ids).toEqual([`+${first}`, `-${first}`, `+${registration.id}`]);
  expect((await lastWord(link.nc, first))?.is).toBe("dead");
  expect((await lastWord(link.nc, registration.id ?? ""))?.is).toBe("alive");
});

test("a renewal whose answer was lost, and the one behind it that is refused for it, close nothing", async () => {
  const { link } = await startStore();
  let lose = 0;
  const words = vi.fn<(subject: string) => void>();
  const registration = new Registration(
    overheard(link, (subject, data) => {
      words(subject);
      if (data === "alive" && lose-- > 0) throw new Error("timeout");
    }),
    silent,
  );
  await registration.start();
  onTestFinished(() => registration.stop());
  const lost = vi.fn<() => void>();
  registration.onLost(lost);
  const { id } = registration;
  const revision = async (): Promise<number> => (await lastWord(link.nc, id ?? ""))?.revision ?? 0;
  const before = await revision();
  lose = 2;
  await vi.waitFor(async () => expect(await revision()).toBeGreaterThan(before + 2), {
    timeout: PATIENCE_MS,
  });
  expect([registration.id, lost.mock.calls.length]).toEqual([id, 0]);
});

test("a gateway that the registry has forgotten is dead by its own word, before it takes another id", async () => {
  const { link, topology } = await startStore();
  const registration = await register(link);
  const first = registration.id ?? "";
  await topology.jsm.streams.purge("KV_GATEWAY");
  await until(() => registration.id !== undefined && registration.id !== first);
  expect((await lastWord(link.nc, first))?.is).toBe("dead");
});

test("a gateway that was killed is declared dead after six seconds of silence, one that lives beside it never", async () => {
  const { link } = await startStore();
  const lives = await register(link);
  const { deaths, registry } = watch(link);
  await until(() => !deaths.has(lives.id ?? ""));
  await link.nc.request("$KV.GATEWAY.gw-killed", "alive", PATIENCE);
  const since = performance.now();
  await until(() => deaths.has("gw-killed"));
  expect(performance.now() - since).toBeGreaterThan(5_900);
  expect(deaths.has(lives.id ?? "")).toBe(false);
  const words = await registry.words(0);
  expect(words.map(({ is }) => is).toSorted()).toEqual(["alive", "dead", "witness"]);
});

test("goodbyes, and silence that is listened to for some seconds, tell a command that nothing runs", async () => {
  const { link, topology } = await startStore();
  expect(await isAnyAlive(topology.jsm)).toBe(false);
  const registration = await register(link);
  expect(await isAnyAlive(topology.jsm)).toBe(true);
  await registration.stop();
  expect(await registered(topology.jsm)).toEqual(new Map());
  await link.nc.request("$KV.GATEWAY.gw-killed", "alive", PATIENCE);
  expect(await isAnyAlive(topology.jsm)).toBe(false);
});

test("a gateway that goes away has somebody to move to only where another renews its word", async () => {
  const { link, topology } = await startStore();
  const own = await register(link);
  await link.nc.request("$KV.GATEWAY.gw-killed", "alive", PATIENCE);
  expect(await isAnyAlive(topology.jsm, own.id, 2_500)).toBe(false);
  await register(link);
  await expect.poll(() => isAnyAlive(topology.jsm, own.id, 2_500)).toBe(true);
});

test("words of others than gateways and hosts change nothing: no id, no word", async () => {
  const { link } = await startStore();
  const { registry } = watch(link);
  for (const key of ["gw.with.dots", "gw-1"])
    await link.nc.request(`$KV.GATEWAY.${key}`, "¿qué?", PATIENCE);
  expect(await registry.words(0)).toMatchObject([{ gatewayId: "gw-1", is: "alive" }]);
});

test("[O13] a gateway knows of another one while that speaks, and a lone one asks nobody", async () => {
  const { link } = await startStore();
  const clock = { now: 0 };
  let questions = 0;
  const watched = overheard(link, (subject) => {
    if (subject.includes("DIRECT.GET")) questions++;
  });
  const neighbours = new Neighbours(watched, silent, () => clock.now);
  const own = await register(link);
  own.onSpoken((spoken) => neighbours.spoke(spoken));
  const speak = async (registration: Registration): Promise<void> => {
    const before = registration.storedAt;
    registration.renew();
    await until(() => registration.storedAt > before);
  };
  for (let n = 0; n < 3; n++) await speak(own);
  expect([neighbours.areThere, questions]).toEqual([false, 0]);
  const other = await register(link);
  await speak(own);
  await until(() => neighbours.areThere);
  // Words that are no living gateway's: its end, and a host's.
  await other.stop();
  await new GatewayRegistry(link).witness();
  clock.now = 5_000;
  await speak(own);
  expect(neighbours.areThere).toBe(true);
  clock.now = 7_000;
  await speak(own);
  expect(neighbours.areThere).toBe(false);
});
