import { describe, expect, test, vi } from "vitest";
import { FRAME_BYTES_MAX } from "../../src/protocol/envelope.ts";
import { hashOf } from "../../src/rules/resume.ts";
import { facts, house, settled } from "./world.ts";

/** Some group. */
const GROUP = `g-${"a".repeat(22)}`;

describe("a socket", () => {
  test("[M7] whose client speaks while the session is being stored is closed, and its end is stated behind the opening", async () => {
    const { world, dial } = house();
    const letGo = world.hold();
    const { wire, say } = dial();
    say({ t: "hello", token: "alice", deviceId: "d" });
    await settled();
    say({ t: "ping" });
    expect(wire.errors).toEqual(["op.out_of_order"]);
    expect(wire.closes).toEqual([4501]);
    letGo();
    await settled();
    expect(world.stated.map(({ fact }) => fact.type)).toEqual(["SessionOpened", "SessionClosed"]);
  });

  test("that is not welcome yet is asked for a sign of life, and told of nothing", async () => {
    const { world, dial, clock } = house();
    world.hold();
    const { wire, connection, say } = dial();
    say({ t: "hello", token: "alice", deviceId: "d" });
    await settled();
    clock.now += 25_000;
    wire.received = 1;
    connection.tick();
    connection.signal('{"t":"typing","peer":"bob"}');
    expect([wire.pings, wire.frames]).toEqual([1, []]);
  });

  test("that does not read is cut off at the limit, and comes back", async () => {
    const { live } = house({ queueBytes: 1_000 });
    const { wire, connection } = await live("alice");
    wire.backlog = 1_001;
    connection.signal("{}");
    expect(wire.closes).toEqual([4409]);
  });

  test("may say more than a frame holds in its hello alone", async () => {
    const { live, dial } = house();
    const hello = { t: "hello", token: "x".repeat(FRAME_BYTES_MAX), deviceId: "d" };
    const first = dial();
    first.connection.message(Buffer.from(JSON.stringify(hello)), false);
    expect(first.wire.errors).toEqual(["auth.invalid_token"]);
    const { wire, connection } = await live("alice");
    connection.message(Buffer.alloc(FRAME_BYTES_MAX, " "), false);
    expect([wire.closes, wire.errors]).toEqual([[], ["frame.malformed"]]);
    connection.message(Buffer.alloc(FRAME_BYTES_MAX + 1, " "), false);
    expect(wire.closes).toEqual([1009]);
  });

  test("is told its secret, of which the mailbox has the hash alone", async () => {
    const { world, live } = house();
    const { wire } = await live("alice");
    const { resume } = wire.frames[0] as unknown as { resume: string };
    expect(resume).toMatch(/^[\w-]{22}$/);
    expect(facts(world, "SessionOpened")).toMatchObject([{ resume: hashOf(resume) }]);
  });

  test("[M7] states its end behind the last send and mark of its session", async () => {
    const { world, live } = house();
    const { connection, say } = await live("alice");
    const letGo = world.hold();
    say({ t: "send", cid: "a.1", to: "bob", body: "x" }, { t: "delivered", peer: "bob", upTo: 3 });
    connection.gone(1006);
    await settled();
    const said = ["SessionOpened", "MessageSent", "MessageDelivered"];
    expect(world.given).toEqual(said);
    letGo();
    await settled(() => world.given.length > 3);
    expect(world.given).toEqual([...said, "SessionClosed"]);
  });

  test("[M7] of which words to a group wait for the next turn of the loop has them stored before it ends", async () => {
    const { world, live, clock } = house();
    const { connection, say } = await live("alice");
    const state = world.state.bind(world);
    vi.spyOn(world, "state").mockImplementation((...args) => {
      clock.now += 10;
      return state(...args);
    });
    say(
      { t: "send", cid: "a.1", to: GROUP, body: "x" },
      { t: "send", cid: "a.2", to: GROUP, body: "x" },
    );
    expect(world.given).toEqual(["SessionOpened", "MessageSent"]);
    connection.gone(1006);
    await settled(() => world.given.length > 3);
    expect(world.given).toEqual(["SessionOpened", "MessageSent", "MessageSent", "SessionClosed"]);
  });

  test("[M7] that leaves before its opening is stored has its end stated all the same, also when that fails", async () => {
    const { world, dial } = house();
    const letGo = world.hold();
    const { connection, say } = dial();
    say({ t: "hello", token: "alice", deviceId: "d" });
    await settled(() => world.given.length > 0);
    connection.gone(1006);
    expect(world.given).toEqual(["SessionOpened"]);
    letGo(new Error("the broker has not answered"));
    await settled(() => facts(world, "SessionClosed").length > 0);
    expect(facts(world, "SessionClosed")).toMatchObject([{ reason: "left" }]);
  });

  test("[M7] states its end behind a receipt that failed, and does not fail with it", async () => {
    const { world, live } = house();
    const { connection, say } = await live("alice");
    const letGo = world.hold();
    say({ t: "delivered", peer: "bob", upTo: 3 });
    connection.gone(1006);
    await settled();
    expect(world.given).toEqual(["SessionOpened", "MessageDelivered"]);
    letGo(new Error("the broker has not answered"));
    await settled(() => facts(world, "SessionClosed").length > 0);
    expect(facts(world, "SessionClosed")).toMatchObject([{ reason: "left" }]);
  });
});

describe("a client that comes back before its old socket is missed", () => {
  const ten = { socketsPerDevice: 2 };

  test("takes its place at once, and the old one is told to come back", async () => {
    const { world, live } = house(ten);
    const old = await live("alice");
    await live("alice");
    const [{ sessionId, resume } = {}] = old.wire.frames as unknown as Record<string, string>[];
    const next = await live("alice", "d", { replaces: { sessionId, resume } });
    expect(old.wire.closes).toEqual([4411]);
    expect(next.wire.closes).toEqual([]);
    const order = world.stated.map(({ fact }) => fact);
    const closing = { type: "SessionClosed", sessionId, reason: "replaced", resume };
    expect(order.filter(({ type }) => type === "SessionClosed")).toContainEqual(closing);
    expect(order.findIndex(({ type }) => type === "SessionClosed")).toBeLessThan(
      order.findLastIndex(({ type }) => type === "SessionOpened"),
    );
  });

  test("with another's secret, throws nobody out", async () => {
    const { live } = house(ten);
    const old = await live("alice");
    await live("alice");
    const [{ sessionId } = {}] = old.wire.frames as unknown as Record<string, string>[];
    const resume = "A".repeat(22);
    const next = await live("alice", "d", { replaces: { sessionId, resume } });
    expect(old.wire.closes).toEqual([]);
    expect(next.wire.closes).toEqual([4429]);
  });

  test("with the secret of somebody else's session, throws nobody out", async () => {
    const { live } = house();
    const old = await live("alice");
    const [{ sessionId, resume } = {}] = old.wire.frames as unknown as Record<string, string>[];
    await live("bob", "d", { replaces: { sessionId, resume } });
    expect(old.wire.closes).toEqual([]);
  });

  test("through another gateway, is closed by the record of its end, which its own gateway states, too", async () => {
    const { world, parts, live } = house();
    const { wire, connection } = await live("alice");
    const { sessionId, resume } = connection.key;
    parts.sessions.get(sessionId)?.happen({ type: "ended", close: "replaced" });
    await settled();
    expect(wire.closes).toEqual([4411]);
    expect(facts(world, "SessionClosed")).toMatchObject([{ reason: "replaced", resume }]);
  });
});

test("a send is told its id as the position in the generation that its log is in", async () => {
  const { world, live } = house();
  const { wire, say } = await live("alice");
  world.generation = 1;
  say({ t: "send", cid: "a.1", to: "bob", body: "x" });
  await settled(() => wire.frames.some(({ t }) => t === "sent"));
  const { seq, id } = wire.frames.at(-1) as unknown as { seq: number; id: string };
  expect(id).toBe(`alice:${2 ** 44 + seq}`);
});

test("receipts that were stored as one are not stored again, none of them", async () => {
  const { world, live } = house();
  const { say } = await live("alice");
  const both = { author: "alice", peer: "bob", device: "d", upTo: 9, read: 4 };
  const receipt = vi
    .spyOn(world, "receipt")
    .mockImplementationOnce(async () => ({ event: { type: "MessageDelivered", ...both } }));
  say({ t: "delivered", peer: "bob", upTo: 9 });
  await settled();
  say({ t: "read", peer: "bob", upTo: 4 }, { t: "delivered", peer: "bob", upTo: 9 });
  await settled();
  expect(receipt).toHaveBeenCalledOnce();
  say({ t: "read", peer: "bob", upTo: 5 });
  await settled();
  expect(receipt).toHaveBeenCalledTimes(2);
});

test("a receipt that was not stored is refused by its name, so that a client in a silent chat says it again", async () => {
  const { world, live } = house();
  const { say, wire } = await live("alice");
  const letGo = world.hold();
  say({ t: "delivered", peer: "bob", upTo: 9, ref: "bob" });
  letGo(new Error("the stream is away"));
  await settled(() => wire.errors.length > 0);
  expect(wire.frames.at(-1)).toMatchObject({
    code: "unavailable",
    ref: "bob",
    retryable: true,
    retryAfterMs: 5_000,
  });
  say({ t: "delivered", peer: "bob", upTo: 9, ref: "bob" });
  await settled(() => facts(world, "MessageDelivered").length > 0);
  expect(wire.closes).toEqual([]);
});

test("a machine's sends and reads show nobody as active", async () => {
  const { world, live } = house();
  const { say } = await live("alice");
  say({ t: "send", cid: "a.1", to: "bob", body: "x", auto: true });
  say({ t: "read", peer: "bob", upTo: 1, auto: true });
  await settled();
  expect(world.activities).toEqual([]);
  say({ t: "send", cid: "a.2", to: "bob", body: "x" });
  expect(world.activities).toEqual(["alice send"]);
});
