import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { endAll, moveAll } from "../../src/gateway/drain.ts";
import type { Connected } from "../../src/gateway/session/addressee.ts";
import { house, settled } from "./world.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
type Device = Awaited<ReturnType<ReturnType<typeof house>["live"]>>;

/** So many devices that are live, as a gateway holds them. */
async function crowd(count: number) {
  const { live } = house();
  const devices: Device[] = [];
  for (let i = 0; i < count; i++) devices.push(await live(`user${i}`));
  const connections = new Set<Connected>(devices.map(({ connection }) => connection));
  return { devices, connections, leaving: { connections, now: () => performance.now() } };
}

const goaways = ({ wire }: Device): unknown[] =>
  wire.frames.filter(({ t }) => t === "goaway").map(({ withinMs }) => withinMs);

test("[O3] sessions of a gateway that goes away are told so once each, spread over the time, with the time that they have", async () => {
  const { devices, leaving } = await crowd(10);
  const told = (): number => devices.filter((device) => goaways(device).length > 0).length;
  const moved = moveAll(leaving, 1_000);
  const counts = [told()];
  for (let i = 0; i < 9; i++) {
    await pass(100);
    counts.push(told());
  }
  expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(devices.flatMap(goaways)).toEqual([
    6_000, 5_900, 5_800, 5_700, 5_600, 5_500, 5_400, 5_300, 5_200, 5_100,
  ]);
  await pass(5_100);
  await moved;
  expect(devices.flatMap(({ wire }) => wire.closes)).toEqual([]);
});

test("[O3] no more are on their way at once than the pace tells in half a second, as long as some go", async () => {
  const { devices, connections, leaving } = await crowd(200);
  const toldOf = (): Device[] => devices.filter((device) => goaways(device).length > 0);
  void moveAll(leaving, 1_000);
  let most = 0;
  for (let i = 0; i < 30; i++) {
    await pass(100);
    const staying = toldOf().filter(({ connection }) => connections.has(connection));
    most = Math.max(most, staying.length);
    for (const { connection } of staying.slice(0, 6)) connections.delete(connection);
  }
  expect(most).toBe(100);
  expect(toldOf()).toHaveLength(200);
  expect(devices.flatMap(goaways).every((ms) => Number(ms) > 0)).toBe(true);
});

test("[O3] nobody waits for devices that do not go, and each is told while there is time", async () => {
  const { devices, connections, leaving } = await crowd(100);
  const told = (): number => devices.filter((device) => goaways(device).length > 0).length;
  const moved = moveAll(leaving, 1_000);
  await pass(1_900);
  expect(told()).toBe(50);
  // Those told first are waited for no more.
  await pass(300);
  expect(told()).toBeGreaterThan(50);
  await pass(900);
  expect(told()).toBe(100);
  expect(connections.size).toBe(100);
  expect(Math.min(...devices.flatMap(goaways).map(Number))).toBeGreaterThanOrEqual(2_900);
  await pass(3_000);
  await moved;
});

test("[O3] who has not been told five seconds before a drain has to be over is told then", async () => {
  const { devices, connections, leaving } = await crowd(240);
  const toldOf = (): Device[] => devices.filter((device) => goaways(device).length > 0);
  const moved = moveAll(leaving, 10_000);
  for (let i = 0; i < 24; i++) {
    const next = toldOf().find(({ connection }) => connections.has(connection));
    if (next) connections.delete(next.connection);
    await pass(1_000);
  }
  expect(toldOf().length).toBeLessThan(230);
  await pass(1_100);
  expect(toldOf()).toHaveLength(240);
  await pass(6_000);
  await moved;
});

test("[O3] a drain is over as soon as the last one has moved", async () => {
  const { connections, leaving } = await crowd(3);
  let isOver = false;
  void moveAll(leaving, 10_000).then(() => (isOver = true));
  await pass(1_000);
  expect(isOver).toBe(false);
  connections.clear();
  await pass(100);
  expect(isOver).toBe(true);
});

test("[O3] a drain goes on as long as sessions move, and no longer than its time in all", async () => {
  const { devices, connections, leaving } = await crowd(40);
  const left = [...connections];
  let isOver = false;
  const moved = moveAll(leaving, 1_000).then(() => (isOver = true));
  const step = async (): Promise<void> => {
    const next = left.pop();
    if (next) connections.delete(next);
    await pass(1_000);
  };
  for (let i = 0; i < 20; i++) await step();
  expect(isOver).toBe(false);
  for (let i = 0; i < 2; i++) await step();
  await moved;
  expect(connections.size).toBeGreaterThan(15);
  expect(devices.flatMap(({ wire }) => wire.closes)).toEqual([]);
});

test("[O3] a session that is being opened when its gateway begins to go is told when it is open", async () => {
  const { world, dial } = house();
  const open = world.hold();
  const device = dial();
  device.say({ t: "hello", token: "alice", deviceId: "d" });
  await settled(() => device.connection.session.is === "opening");
  const connections = new Set<Connected>([device.connection]);
  void moveAll({ connections, now: () => performance.now() }, 0);
  await pass(500);
  expect(device.wire.frames).toEqual([]);
  open();
  await settled(() => device.wire.frames.some(({ t }) => t === "caughtUp"));
  await pass(100);
  expect(goaways(device)).toEqual([4_400]);
  expect(device.wire.frames[0]?.t).toBe("welcome");
});

test("[O3] a session that has not moved at the end is told to come back, and one that does not answer is cut off", async () => {
  const { devices, leaving } = await crowd(2);
  const ended = endAll(leaving);
  await pass(2_100);
  await ended;
  expect(devices.map(({ wire }) => wire.closes)).toEqual([
    [4400, 1006],
    [4400, 1006],
  ]);
});

test("[D1] a client cannot say goaway: it is a frame that nobody knows", async () => {
  const { live } = house();
  const device = await live("alice");
  device.say({ t: "goaway", withinMs: 1_000 });
  expect(device.wire.errors).toEqual(["op.unknown"]);
});
