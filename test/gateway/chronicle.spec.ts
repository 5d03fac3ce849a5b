import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { house, settled } from "./world.ts";

type Line = { level: number; msg: string; [field: string]: unknown };

/** A log whose lines are kept. */
function kept(level = "info") {
  const lines: Line[] = [];
  const write = (text: string): void => void lines.push(JSON.parse(text) as Line);
  return { lines, log: pino({ level, base: null, timestamp: false }, { write }) };
}

/** A gateway whose lines are kept. */
function told(limits: Parameters<typeof house>[0] = {}) {
  const { lines, log } = kept();
  return { lines, ...house(limits, log) };
}

describe("the log", () => {
  test("has one line when a session is opened and one when it is closed, of one shape", async () => {
    const { lines, live, clock } = told();
    const { connection } = await live("alice", "phone");
    clock.now += 61_000;
    connection.gone(1001);
    const session = connection.key.sessionId;
    const who = { level: 30, session, address: "here", user: "alice", device: "phone" };
    expect(lines).toEqual([
      { ...who, msg: "session opened" },
      {
        ...who,
        code: "left",
        close: 1001,
        reason: "the client's side has ended it",
        seconds: 61,
        msg: "session closed",
      },
    ]);
  });

  test.each([
    ["idle", 4408],
    ["slow", 4409],
    ["drained", 4400],
  ] as const)("says by which rule the server has closed a session: %s", async (code, close) => {
    const { lines, live } = told();
    const { connection } = await live("alice");
    connection.happen({ type: "ended", close: code });
    expect(lines.at(-1)).toMatchObject({ msg: "session closed", code, close, user: "alice" });
    connection.gone(1006);
    expect(lines).toHaveLength(2);
  });

  test("says of a session that was cut off for its frames that it was closed, not refused", async () => {
    const { lines, live } = told();
    const { say } = await live("alice");
    for (let i = 0; i < 20; i++) say({ t: "nonsense" });
    expect(lines.at(-1)).toMatchObject({ msg: "session closed", code: "abuse", close: 4500 });
  });

  test("says of a socket that is not let in who it was, as far as that is known, and why", async () => {
    const { lines, dial, live } = told({ socketsPerDevice: 1 });
    const refused = { level: 30, address: "here", msg: "session refused" };
    dial().say({ t: "hello", token: "bad", deviceId: "phone" });
    await settled(() => lines.length > 0);
    expect(lines.at(-1)).toMatchObject({
      ...refused,
      device: "phone",
      code: "auth.invalid_token",
      close: 4402,
      reason: "token: the token was not accepted: try a fresh one",
    });
    dial().say({
      t: "hello",
      token: "alice",
      deviceId: "d",
      since: [{ mailbox: "bob", epoch: "e", seq: 1 }],
    });
    await settled(() => lines.length > 1);
    expect(lines.at(-1)).toMatchObject({ ...refused, user: "alice", code: "not_found" });
    dial().say({ t: "ping" });
    expect(lines.at(-1)).toMatchObject({ ...refused, code: "op.out_of_order", close: 4501 });
    await live("carol", "d");
    dial().say({ t: "hello", token: "carol", deviceId: "d" });
    await settled(() => lines.length > 4);
    expect(lines.at(-1)).toMatchObject({
      ...refused,
      user: "carol",
      device: "d",
      code: "limit.sockets",
      close: 4429,
    });
  });

  test("says that nobody said hello in time, and nothing of a socket that left before", () => {
    const { lines, dial, clock } = told();
    dial().connection.gone(1006);
    expect(lines).toEqual([]);
    const { connection } = dial();
    clock.now += 10_000;
    connection.tick();
    expect(lines).toMatchObject([{ msg: "session refused", code: "helloTimeout", close: 4401 }]);
  });

  test("has a handshake that was refused, with the status of its answer", () => {
    const { lines, parts } = told();
    parts.chronicle.door("192.0.2.1", "origin.refused", 403);
    expect(lines).toEqual([
      {
        level: 30,
        address: "192.0.2.1",
        code: "origin.refused",
        status: 403,
        reason: "this origin may not connect",
        msg: "session refused",
      },
    ]);
  });

  test("[D5] has no token, no text of a message and no secret of a session", async () => {
    const { lines, live, dial } = told();
    const { connection, say, wire } = await live("alice");
    const { resume } = wire.frames[0] as unknown as { resume: string };
    say({ t: "send", cid: "a.1", to: "bob", body: "a love letter" });
    await settled(() => wire.frames.some(({ t }) => t === "sent"));
    connection.gone(1000);
    dial().say({ t: "hello", token: "bad", deviceId: "d" });
    await settled(() => lines.length > 2);
    const text = JSON.stringify(lines);
    for (const secret of ["love letter", resume, '"bad"']) expect(text).not.toContain(secret);
  });

  test("[O9] of a flood of refusals has twenty lines in a second, and then how many were left out, by code", () => {
    const { lines, parts, clock } = told();
    for (let i = 0; i < 1_000; i++)
      parts.chronicle.door("192.0.2.1", i % 2 === 0 ? "limit.sockets" : "draining", 429);
    expect(lines).toHaveLength(20);
    parts.chronicle.tidy();
    const left = { opened: 0, closed: 0, refused: 980 };
    const codes = { "limit.sockets": 490, draining: 490 };
    const msg = "lines about sessions left out";
    expect(lines.at(-1)).toEqual({ level: 30, ...left, codes, msg });
    for (let i = 0; i < 100; i++) parts.chronicle.door("192.0.2.1", "draining", 503);
    parts.chronicle.tidy();
    expect(lines).toHaveLength(21);
    clock.now += 1_000;
    parts.chronicle.tidy();
    expect(lines.at(-1)).toMatchObject({ refused: 100, codes: { draining: 100 } });
    parts.chronicle.tidy(true);
    expect(lines).toHaveLength(22);
  });

  test("[O9] of a broker that is away has one line a minute for each kind of failure, and how many had none", () => {
    const { lines, parts, clock } = told();
    const error = new Error("not stored in time");
    for (let i = 0; i < 1_000; i++) {
      parts.chronicle.failed(error, "send not stored");
      parts.chronicle.failed(error, "views did not answer");
    }
    parts.chronicle.failed(new RangeError("another reason"), "send not stored");
    parts.chronicle.tidy(true);
    const msgs = () => lines.map((line) => (line as { msg: string }).msg);
    expect(msgs()).toEqual(["send not stored", "views did not answer", "send not stored"]);
    expect(lines[0]).toMatchObject({ level: 40 });
    clock.now += 60_000;
    for (let i = 0; i < 9; i++) parts.chronicle.failed(error, "send not stored");
    expect(lines).toHaveLength(4);
    expect(lines.at(-1)).toMatchObject({ msg: "send not stored", leftOut: 999 });
  });

  test("of another level is not even thought about", async () => {
    const { lines, log } = kept("warn");
    const { live, parts } = house({}, log);
    const { connection } = await live("alice");
    connection.gone(1000);
    for (let i = 0; i < 100; i++) parts.chronicle.door("192.0.2.1", "draining", 503);
    parts.chronicle.tidy(true);
    expect(lines).toEqual([]);
  });
});
