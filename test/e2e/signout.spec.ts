import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { disconnect } from "../../src/cli/disconnect.ts";
import { sessionsOf } from "../../src/cli/sessions.ts";
import { startApp, type App } from "../support/app.ts";
import { commanded, type Ended } from "../support/command.ts";
import { dial, type Device } from "../support/device.ts";
import { answer } from "../support/siege.ts";

let app: App;
beforeAll(async () => {
  // People come back faster than anybody would.
  app = await startApp({ USER_HELLO_EVERY_MS: "10", DEVICE_HELLOS_BURST: "1000" });
});
afterEach(() => app.revive());
afterAll(() => app.stop());

const operator = (run: typeof disconnect, ...args: string[]): Promise<Ended> =>
  commanded(run, args, { NATS_URL: app.broker.url });
const REVOKED = 4502;
const FULL = 4429;

/** A device that says hello with a token. */
async function comes(user: string, deviceId: string, token: string): Promise<Device> {
  const dialled = await dial(app, user);
  dialled.say({ t: "hello", token, deviceId });
  return dialled;
}

/** Resolves when a device is told of what it says: its session is open for its actor. False: it was sent away. */
async function stays(device: Device, n: number): Promise<boolean> {
  const cid = `run${n}.1`;
  const told = async (): Promise<true> => {
    await device.until(({ t }) => t === "caughtUp");
    device.say({ t: "send", cid, to: "somebody", body: "here" });
    await device.until(({ event }) => (event as { cid?: string } | undefined)?.cid === cid);
    return true;
  };
  return Promise.race([told().catch(() => false), device.closed.then(() => false)]);
}

describe("[M11] posthorn disconnect", () => {
  test("ends one device's session for good and leaves the other's alone, also after a restart", async () => {
    const token = await app.token("alice");
    const [phone, laptop] = await Promise.all([
      comes("alice", "phone", token),
      comes("alice", "laptop", token),
    ]);
    expect(await Promise.all([stays(phone, 1), stays(laptop, 2)])).toEqual([true, true]);
    // A token says its second, and counts where that is not before the sign-out's moment.
    expect(await operator(disconnect, "alice", "--device", "phone")).toEqual({
      code: 0,
      out: "alice on phone: signed out; none of the sessions that this forbids is open\n",
      err: "",
    });
    expect(await phone.closed).toBe(REVOKED);
    expect(phone.frames.at(-1)).toMatchObject({ t: "error", code: "auth.revoked" });
    laptop.say({ t: "send", cid: "run2.2", to: "somebody", body: "still here" });
    const { event } = await laptop.until((frame) => frame["event"]?.cid === "run2.2");
    expect(event).toMatchObject({ device: "laptop" });
    const closed = laptop.frames.find((frame) => frame["event"]?.type === "SessionClosed");
    expect(closed).toMatchObject({ event: { reason: "revoked" } });
    expect(closed?.["event"]).not.toHaveProperty("elsewhere");

    expect(await (await comes("alice", "phone", token)).closed).toBe(REVOKED);
    await app.kill();
    await app.restart();
    expect(await (await comes("alice", "phone", token)).closed).toBe(REVOKED);
    const again = await comes("alice", "laptop", token);
    expect(await stays(again, 3)).toBe(true);
    await again.close();
  });

  test("for a time, refuses also a token that is issued later, until then", async () => {
    const first = await comes("bob", "phone", await app.token("bob"));
    expect(await stays(first, 1)).toBe(true);
    const { out } = await operator(disconnect, "bob", "--for", "3s");
    expect(out).toMatch(/^bob: signed out until \d{4}-\S+Z; none of the sessions/);
    expect(await first.closed).toBe(REVOKED);
    const until = Date.parse(/until (\S+);/.exec(out)?.[1] ?? "");
    let here = false;
    const ends = new Set<number>();
    for (let n = 2; !here; n++) {
      const later = await comes("bob", "phone", await app.token("bob"));
      here = await stays(later, n);
      if (here) await later.close();
      else ends.add(await later.closed);
    }
    // A device that comes again at once may come before the ends of ten others are stored.
    expect(ends).toContain(REVOKED);
    expect([...ends].filter((code) => code !== REVOKED && code !== FULL)).toEqual([]);
    // The broker's clock and this one are the same machine's.
    expect(Date.now()).toBeGreaterThanOrEqual(until);
  });

  test.each([
    [["nobody-yet"], 'nobody called "nobody-yet" has ever been here'],
    [[], "name one user (--help tells more)"],
    [["a", "b"], "name one user (--help tells more)"],
    [["*"], '"*" is no user id: 1 to 64 of A-Z a-z 0-9 _ -, not beginning with g-'],
    [["g-team"], '"g-team" is no user id: 1 to 64 of A-Z a-z 0-9 _ -, not beginning with g-'],
    [["a", "--device", "x y"], '--device: "x y" is no id: 1 to 64 of A-Z a-z 0-9 _ -'],
    ...["1", "h", "0h", "-1h", "1.5h", "1w", "", "1000000d"].map((time) => [
      ["a", `--for=${time}`],
      `--for: ${JSON.stringify(time)} is no time, which is a whole number from 1 to 999999 and s, m, h or d, as in 90s or 12h`,
    ]),
  ] as [string[], string][])("of %j says in one sentence what is wrong", async (args, sentence) =>
    expect(await operator(disconnect, ...args)).toEqual({
      code: 2,
      out: "",
      err: `posthorn: ${sentence}\n`,
    }),
  );
});

describe("[V9] posthorn sessions", () => {
  test("says which sessions a person has, as the person is told on the wire", async () => {
    const token = await app.token("carol");
    const phone = await comes("carol", "phone", token);
    const welcome = await phone.until(({ t }) => t === "welcome");
    const { sessionId, head } = welcome as unknown as { sessionId: string; head: number };
    const reply = await answer(phone, { t: "sessions", atLeast: head, ref: 1 });
    expect(reply).toMatchObject({
      view: "sessions",
      result: { sessions: [{ sessionId, deviceId: "phone", position: head }] },
    });
    const { out } = await operator(sessionsOf, "carol", "--json");
    expect(JSON.parse(out)).toEqual(reply["result"].sessions[0]);
    expect((await operator(sessionsOf, "carol")).out).toMatch(
      new RegExp(
        `^session ${sessionId}, device phone, at gw-\\S+, since \\S+Z, position ${head}, token of`,
      ),
    );
    await phone.close();
    const left = async (): Promise<string> => (await operator(sessionsOf, "carol")).out;
    await expect.poll(left).toBe("carol: no session is open\n");
  });

  test("of somebody who was never here is an error", async () => {
    const nobody = await operator(sessionsOf, "nobody-yet");
    expect(nobody).toMatchObject({
      code: 2,
      err: expect.stringContaining("nobody called") as string,
    });
  });

  test("of a broker that cannot be reached ends with 4", async () =>
    expect(
      await commanded(sessionsOf, ["carol"], { NATS_URL: "nats://127.0.0.1:1" }),
    ).toMatchObject({ code: 4 }));
});

test("[V10] a device is told how far it has read itself, and another how far the person has", async () => {
  const [alice, phone, bot] = await Promise.all([
    comes("erin", "d", await app.token("erin")),
    comes("frank", "phone", await app.token("frank")),
    comes("frank", "bot", await app.token("frank")),
  ]);
  await Promise.all([alice, phone, bot].map((each) => each.until(({ t }) => t === "caughtUp")));
  alice.say({ t: "send", cid: "a.1", to: "frank", body: "one" });
  const { event } = await phone.until((frame) => frame["event"]?.body === "one");
  phone.say({ t: "read", peer: "erin", upTo: event.position });
  const { seq } = await bot.until((frame) => frame["event"]?.type === "MessageRead");
  const marks = async (device: Device): Promise<unknown> => {
    const { result } = await answer(device, { t: "chats", atLeast: seq, ref: 1 });
    const [{ read, readHere }] = result.chats;
    return { read, readHere };
  };
  const read = event.position as number;
  expect([await marks(phone), await marks(bot)]).toEqual([
    { read, readHere: read },
    { read, readHere: 0 },
  ]);
  await Promise.all([alice, phone, bot].map((each) => each.close()));
});
