import { describe, expect, test, vi } from "vitest";
import { STRIKES_MAX } from "../../src/gateway/session/blame.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";
import { facts, house, settled } from "./world.ts";

describe("a send that the broker knows by name", () => {
  const frame = { t: "send", cid: "a.1", to: "bob", body: "x" };
  const fact = { type: "MessageSent", author: "alice", to: "bob", device: "d", cid: "a.1" };

  test("and has, is sent", async () => {
    const { world, live } = house();
    const { wire, say } = await live("alice");
    const seq = world.store("alice", { ...fact, body: "x" });
    world.knows("alice", "a.1", seq);
    say(frame);
    await settled(() => wire.frames.some(({ t }) => t === "sent"));
    expect(wire.frames.at(-1)).toMatchObject({ t: "sent", seq, id: `alice:${seq}` });
  });

  test("[S8] and has lost, or has another message in its place, is stored under another name", async () => {
    const { world, live } = house();
    const { wire, say } = await live("alice");
    world.knows("alice", "a.1", 99);
    const other = world.store("alice", { ...fact, cid: "b.7", body: "x" });
    world.knows("alice", "a.2", other);
    say(frame, { ...frame, cid: "a.2" });
    await settled(() => wire.frames.filter(({ t }) => t === "sent").length === 2);
    const again = world.stated.filter((each) => each.again !== undefined);
    expect(again.map((each) => each.fact)).toMatchObject([{ cid: "a.1" }, { cid: "a.2" }]);
    for (const { seq } of wire.frames.filter(({ t }) => t === "sent")) expect(seq).not.toBe(other);
  });

  test("and that is another text, is refused for good", async () => {
    const { world, live } = house();
    const { wire, say } = await live("alice");
    world.knows("alice", "a.1", world.store("alice", { ...fact, body: "y" }));
    say(frame);
    await settled(() => wire.errors.length > 0);
    expect(wire.frames.at(-1)).toMatchObject({ code: "cid.taken", cid: "a.1", retryable: false });
  });

  test("[S8] and that has other data, another key or none of these, is refused for good", async () => {
    const { world, live } = house();
    const { wire, say } = await live("alice");
    const whole = { data: { a: [1, { b: null }], c: "x" }, key: "k" };
    world.knows("alice", "a.1", world.store("alice", { ...fact, body: "x", ...whole }));
    const others = [
      {},
      { data: whole.data },
      { key: "k" },
      { ...whole, key: "l" },
      { ...whole, data: { a: [1, { b: 0 }], c: "x" } },
    ];
    for (const other of others) {
      say({ ...frame, ...other });
      await settled();
      expect(wire.frames.at(-1)).toMatchObject({ code: "cid.taken", cid: "a.1" });
    }
    say({ ...frame, ...whole });
    await settled(() => wire.frames.some(({ t }) => t === "sent"));
    expect(wire.errors).toHaveLength(others.length);
  });

  test("[S9] carries data and key into the log, as they were parsed", async () => {
    const { world, live } = house();
    const { say } = await live("alice");
    const data = JSON.parse('{"b":1,"2":-0,"a":1e400,"1":"\\u00e9"}') as object;
    say({ ...frame, data, key: "k" });
    await settled();
    const [stated] = facts(world, "MessageSent");
    expect(JSON.stringify(stated)).toContain('"data":{"1":"é","2":0,"b":1,"a":null},"key":"k"');
  });

  test("carries the cid that it replaces into the log", async () => {
    const { world, live } = house();
    const { say } = await live("alice");
    say({ ...frame, replaces: "z.4" });
    await settled();
    expect(facts(world, "MessageSent")).toMatchObject([{ cid: "a.1", replaces: "z.4" }]);
  });
});

describe("a send that is stored", () => {
  const send = { t: "send", cid: "a.1", to: "bob", body: "x" };

  test("[S1] is answered under its ref, if it has one, and is not compared with anything", async () => {
    const { world, parts, live } = house();
    const read = vi.spyOn(world, "fact");
    const stored = vi.spyOn(parts, "stored");
    const { wire, say } = await live("alice");
    say({ ...send, ref: "r" }, { ...send, cid: "a.2" });
    await settled(() => wire.frames.filter(({ t }) => t === "sent").length === 2);
    const place = { t: "sent", durability: "stored" };
    const seqs = world.entries.slice(-2).map(({ seq }) => seq);
    expect(wire.frames.slice(-2)).toEqual([
      { ...place, cid: "a.1", id: `alice:${seqs[0]}`, seq: seqs[0], ref: "r" },
      { ...place, cid: "a.2", id: `alice:${seqs[1]}`, seq: seqs[1] },
    ]);
    expect(read).not.toHaveBeenCalled();
    // So the gateway knows how far the mailbox reaches, whatever it is told.
    expect(stored.mock.calls.slice(-2)).toEqual(seqs.map((seq) => ["alice", seq]));
  });

  test("[S9] has each of what it carries by itself in the log, and nothing that it does not carry", async () => {
    const { world, live } = house();
    const { say } = await live("alice");
    const to = groupIdOf("zoe", "z.1");
    const alone = [{}, { data: { a: 1 } }, { key: "k" }, { replaces: "a.90" }];
    say(...alone.map((more, i) => ({ ...send, cid: `a.${i + 1}`, ...more })));
    say({ ...send, to, cid: "a.9", mentions: ["bob"] });
    await settled(() => facts(world, "MessageSent").length === 5);
    const fact = { type: "MessageSent", author: "alice", to: "bob", device: "d", body: "x" };
    expect(facts(world, "MessageSent")).toEqual([
      ...alone.map((more, i) => ({ ...fact, cid: `a.${i + 1}`, ...more })),
      { ...fact, to, cid: "a.9", mentions: ["bob"] },
    ]);
  });

  test("to a group has no id yet, and says whose answer it is", async () => {
    const { live } = house();
    const { wire, say } = await live("alice");
    say({ ...send, to: groupIdOf("zoe", "z.1"), ref: 5 });
    await settled(() => wire.frames.some(({ t }) => t === "sent"));
    expect(wire.frames.at(-1)).toMatchObject({ t: "sent", cid: "a.1", ref: 5 });
    expect(wire.frames.at(-1)).not.toHaveProperty("id");
  });
});

test.each(["stored", "failed"] as const)(
  "[M7] the end of a session is stated behind what it has sent, which is %s",
  async (outcome) => {
    const { world, live } = house();
    const { connection, say } = await live("alice");
    const letGo = world.hold();
    say({ t: "send", cid: "a.1", to: "bob", body: "x" });
    connection.gone(1006);
    await settled();
    expect(world.given.slice(-1)).toEqual(["MessageSent"]);
    letGo(outcome === "failed" ? new Error("no leader") : undefined);
    await settled(() => world.given.includes("SessionClosed"));
    expect(world.given.slice(-2)).toEqual(["MessageSent", "SessionClosed"]);
  },
);

const named = (name: string): Error => Object.assign(new Error("no"), { name });

test.each([
  [named("RefusedError"), { code: "message.too_large", field: "body", retryable: false }],
  [named("NotAdmittedError"), { code: "op.not_yet" }],
  [named("UnavailableError"), { code: "unavailable", retryAfterMs: 1_000, retryable: true }],
])("[L8] a send at which %s comes is told so, and is nobody's fault", async (error, refusal) => {
  const { world, live } = house({ sendsBurst: 100, framesBurst: 100 });
  const { wire, say } = await live("alice");
  const count = STRIKES_MAX + 5;
  const fail = world.hold();
  for (let n = 1; n <= count; n++) say({ t: "send", cid: `a.${n}`, to: "bob", body: "x" });
  fail(error);
  await settled(() => wire.errors.length === count);
  expect(wire.frames.at(-1)).toMatchObject({ t: "error", cid: `a.${count}`, ...refusal });
  expect(wire.closes).toEqual([]);
  // Their numbers are free again.
  say({ t: "send", cid: `a.${count + 1}`, to: "bob", body: "x" });
  await settled(() => wire.frames.some(({ t }) => t === "sent"));
  expect(wire.frames.at(-1)).toMatchObject({ t: "sent" });
});
