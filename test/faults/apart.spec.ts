import { expect, test } from "vitest";
import { device, dial, type Device } from "../support/device.ts";
import { PATIENCE } from "../support/patience.ts";
import { stopwatch } from "../support/stopwatch.ts";
import { userOf } from "../broker/placed.ts";
import { parted, watchReadiness } from "./parted.ts";
import { until } from "./support.ts";

const send = (from: Device, n: number, to: string): void =>
  from.say({ t: "send", cid: `${from.user}.${n}`, to, body: `${n}` });
const answered = (from: Device, n: number) =>
  from.until(
    ({ cid, code, t }) => cid === `${from.user}.${n}` && (t === "sent" || code !== undefined),
  );
/** How often the device was refused because the store does not answer. */
const refusals = ({ frames }: Device): number =>
  frames.filter(({ code }) => code === "unavailable").length;

test("[N1] [N2] while one partition's broker is dead, its users are told so at once, and the others notice nothing", async () => {
  const { app, home } = await parted();
  const alice = await device(app, userOf(0, "alice"));
  const carol = await device(app, userOf(0, "carol"));
  const dave = await device(app, userOf(1, "dave"));
  const crowd = await Promise.all(
    Array.from({ length: 40 }, (_, i) => device(app, userOf(1, `crowd-${i}`))),
  );
  for (const each of [alice, dave, ...crowd]) {
    send(each, 1, carol.user);
    expect((await answered(each, 1)).t).toBe("sent");
  }
  const statuses = watchReadiness(app);
  await home.kill();
  // More than what a stream may have under way: receipts for each peer go in a lane of their own.
  for (const each of crowd)
    for (let n = 0; n < 40; n++) each.say({ t: "read", peer: `peer-${n}`, upTo: n + 1 });
  send(dave, 2, alice.user);
  for (let n = 2; n <= 200; n++) {
    const took = stopwatch();
    send(alice, n, n % 2 === 0 ? carol.user : dave.user);
    expect((await answered(alice, n)).t).toBe("sent");
    expect(took()).toBeLessThan(10_000);
  }
  await carol.until(({ event }) => event?.cid === `${alice.user}.200`);
  expect((await answered(dave, 2))["code"]).toBe("unavailable");
  const took = stopwatch();
  for (let n = 3; n <= 10; n++) send(dave, n, alice.user);
  await until(() => refusals(dave) === 9);
  expect(took()).toBeLessThan(5_000);
  for (let n = 11; n <= 14; n++) {
    const alone = stopwatch();
    expect(await tried(dave, n, alice.user)).toBe("error");
    expect(alone()).toBeLessThan(1_500);
  }
  // A user who comes now is told so, too, and may try again.
  const erin = await dial(app, userOf(1, "erin"));
  const came = stopwatch();
  erin.say({ t: "hello", token: await app.token(erin.user), deviceId: "phone" });
  expect(await erin.closed).toBe(4410);
  expect(erin.frames).toMatchObject([{ t: "error", code: "unavailable" }]);
  expect(came()).toBeLessThan(3_000);
  expect([...statuses]).toEqual([200]);
  await home.restart();
  // It closes by itself, as soon as the stream answers one of them.
  let next = 15;
  await expect
    .poll(() => tried(dave, next++, alice.user), { ...PATIENCE, interval: 100 })
    .toBe("sent");
  await dave.until(({ event }) => event?.cid === `${alice.user}.199`);
  expect([...statuses]).toEqual([200]);
});

async function tried(from: Device, n: number, to: string): Promise<string> {
  send(from, n, to);
  return (await answered(from, n)).t;
}

test("[N4] thousands of messages to a partition whose broker is dead reach it in order when it is back, and hold up nobody else", async () => {
  const { app, home } = await parted();
  const alice = await device(app, userOf(0, "alice"));
  const carol = await device(app, userOf(0, "carol"));
  const dave = await device(app, userOf(1, "dave"));
  await home.kill();
  const last = 3_000;
  for (let n = 1; n <= last; n++) {
    send(alice, n, dave.user);
    if (n % 30 === 0) await answered(alice, n);
  }
  send(alice, last + 1, carol.user);
  await carol.until(({ event }) => event?.cid === `${alice.user}.${last + 1}`);
  await home.restart();
  await dave.until(({ event }) => event?.cid === `${alice.user}.${last}`);
  const texts = dave.frames.flatMap(({ event }) =>
    event?.type === "MessageSent" ? [event.body] : [],
  );
  expect(texts).toEqual(Array.from({ length: last }, (_, i) => `${i + 1}`));
});

test("[N5] without the stream of its checkpoints a partition's copies to others wait, and nobody else's", async () => {
  const { app, home } = await parted(/^CHECKPOINT_1$/);
  const alice = await device(app, userOf(0, "alice"));
  const carol = await device(app, userOf(0, "carol"));
  const dave = await device(app, userOf(1, "dave"));
  const erin = await device(app, userOf(1, "erin"));
  send(dave, 1, alice.user);
  await alice.until(({ event }) => event?.cid === `${dave.user}.1`);
  const statuses = watchReadiness(app);
  await home.kill();
  for (const [from, to] of [
    [alice, carol],
    [alice, dave],
    [dave, erin],
  ] as const) {
    const n = to === dave ? 3 : 2;
    send(from, n, to.user);
    await to.until(({ event }) => event?.cid === `${from.user}.${n}`);
  }
  send(dave, 3, alice.user);
  expect((await answered(dave, 3)).t).toBe("sent");
  send(dave, 4, erin.user);
  await erin.until(({ event }) => event?.cid === `${dave.user}.4`);
  expect(alice.frames.some(({ event }) => event?.cid === `${dave.user}.3`)).toBe(false);
  await home.restart();
  await alice.until(({ event }) => event?.cid === `${dave.user}.3`);
  expect([...statuses]).toEqual([200]);
});
