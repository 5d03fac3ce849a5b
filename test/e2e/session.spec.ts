import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type App } from "../support/app.ts";
import { device, dial, type Device, type Frame } from "../support/device.ts";
import { answer } from "../support/siege.ts";

let app: App;
beforeAll(async () => {
  app = await startApp({ SOCKETS_PER_DEVICE: "10" });
});
afterAll(() => app.stop());

const welcomeOf = ({ frames }: Device) =>
  frames.find(({ t }) => t === "welcome") as unknown as { sessionId: string; resume: string };
const bodyOf = ({ event }: Frame): unknown => (event as { body?: unknown } | undefined)?.body;

/** The answer to a hello on a socket of its own. */
async function hello(user: string, more: object = {}): Promise<[Frame, Device]> {
  const token = await app.token(user);
  const dialled = await dial(app, user);
  const frame = { t: "hello", token, deviceId: `${user}-device`, ...more };
  return [await answer(dialled, frame), dialled];
}

test("ten sockets that died unseen lock nobody out: the eleventh says whose place it takes", async () => {
  const ghosts = await Promise.all(Array.from({ length: 10 }, () => device(app, "train")));
  const [refused, eleventh] = await hello("train");
  expect(refused).toMatchObject({ code: "limit.sockets", retryable: true });
  expect(await eleventh.closed).toBe(4429);

  const [ghost, ...others] = ghosts;
  const { sessionId, resume } = welcomeOf(ghost!);
  const wrong = { sessionId, resume: "A".repeat(22) };
  expect((await hello("train", { replaces: wrong }))[0]).toMatchObject({ code: "limit.sockets" });
  const [welcome, back] = await hello("train", { replaces: { sessionId, resume } });
  expect(welcome).toMatchObject({ t: "welcome", sessionId: expect.not.stringMatching(sessionId) });
  expect(await ghost?.closed).toBe(4411);
  const closing = await back.until(({ event }) => event?.reason === "replaced");
  expect(closing).toMatchObject({ event: { sessionId, resume } });
  // It lies before the opening of its successor.
  expect(closing["seq"]).toBeLessThan(welcome["head"]);
  await Promise.all([back, ...others].map((each) => each.close()));
});

test("a session's end lies behind all that it has said", async () => {
  const alice = await device(app, "alice");
  const bob = await device(app, "bob");
  alice.say({ t: "send", cid: "a.1", to: "bob", body: "one" });
  const { event } = await bob.until((frame) => bodyOf(frame) === "one");
  const { sessionId } = welcomeOf(bob);
  bob.say({ t: "send", cid: "b.1", to: "alice", body: "bye" });
  bob.say({ t: "read", peer: "alice", upTo: event.position });
  await bob.close();
  const again = await device(app, "bob");
  const closed = await again.until((frame) => frame["event"]?.type === "SessionClosed");
  expect(closed).toMatchObject({ event: { sessionId, reason: "left" } });
  const before = again.frames.slice(0, again.frames.indexOf(closed)).map((frame) => frame["event"]);
  expect(before).toContainEqual(expect.objectContaining({ body: "bye" }));
  expect(before).toContainEqual(expect.objectContaining({ type: "MessageRead" }));
  await Promise.all([alice, again].map((each) => each.close()));
});

test("people can be asked when they were last active, and a machine's send is none", async () => {
  const carol = await device(app, "carol");
  const dave = await device(app, "dave");
  carol.say({ t: "send", cid: "c.1", to: "dave", body: "by a machine", auto: true });
  await dave.until((frame) => bodyOf(frame) === "by a machine");
  const ask = () => answer(dave, { t: "lastSeen", users: ["carol", "nobody"] });
  expect(await ask()).toMatchObject({
    t: "reply",
    view: "lastSeen",
    seq: 0,
    result: { users: [] },
  });
  carol.say({ t: "focus" });
  let reply = await ask();
  while (reply["result"].users.length === 0) reply = await ask();
  expect(reply["result"].users).toEqual([
    { user: "carol", online: true, lastSeen: expect.any(Number) as number },
  ]);
  await Promise.all([carol, dave].map((each) => each.close()));
});

test("a client may begin from now, with a cursor that cannot be followed", async () => {
  const erin = await device(app, "erin");
  erin.say({ t: "send", cid: "e.1", to: "frank", body: "before" });
  const frank = await device(app, "frank");
  await frank.until((frame) => bodyOf(frame) === "before");
  const bot = await device(app, "frank", { epoch: "", seq: 0 });
  expect(bot.frames.slice(0, 2).map(({ t }) => t)).toEqual(["welcome", "resync"]);
  erin.say({ t: "send", cid: "e.2", to: "frank", body: "after" });
  await bot.until((frame) => bodyOf(frame) === "after");
  expect(bot.frames.some((frame) => bodyOf(frame) === "before")).toBe(false);
  await Promise.all([erin, frank, bot].map((each) => each.close()));
});
