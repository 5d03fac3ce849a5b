import { describe, expect, test } from "vitest";
import { Duty } from "../../src/bot/duty.ts";
import type { Works } from "../../src/client/machine.ts";
import { LATE_MS } from "../../src/events/session.ts";
import type { ServerFrame } from "../../src/protocol/frames/frame.ts";
import {
  answers,
  begin,
  botServer,
  closes,
  cut,
  net,
  opens,
  ownSession,
  pass,
  questions,
  say,
  world,
} from "./world.ts";

botServer();

describe("[B2] a bot", () => {
  test("works as soon as everything has come, where it is alone", async () => {
    await say("ann", "hello");
    const { bot, duty } = begin();
    expect(bot.isOnDuty).toBe(false);
    await pass(100);
    expect([bot.isOnDuty, duty, answers("ann")]).toEqual([true, [true], ["hello!"]]);
  });

  test("goes on with its people whatever comes of a group that somebody has added it to", async () => {
    const seen: string[] = [];
    const duty = new Duty({
      changed: () => undefined,
      look: ({ peer }) => seen.push(peer),
      wiped: () => seen.push("wiped"),
      failed: () => undefined,
      elapsed: () => 0,
      groups: false,
    });
    duty.attach({ local: { meta: { deviceId: "bot" } }, link: {} } as unknown as Works);
    const group = "g-0123456789012345678901";
    const event = (mailbox: string, seq: number, prev: number, from: object): void =>
      duty.heard({ t: "event", mailbox, seq, prev, at: 1, event: from } as ServerFrame);
    const said = (author: string, body: string) => ({
      type: "MessageSent",
      author,
      cid: `${author}.1`,
      body,
      cause: 1,
      sentAt: 1,
    });
    event("bot", 7, 0, { ...said("ann", "hello"), to: "bot", position: 1 });
    // Its log is another one, in which everything has other numbers.
    event(group, 9_000, 8_999, { ...said("ann", "all of you"), to: group, of: 8_998 });
    duty.heard({ t: "resync", mailbox: group, epoch: "e", seq: 9_100, reason: "epoch" });
    event("bot", 8, 7, { ...said("ben", "hi"), to: "bot", position: 2 });
    expect(seen).toEqual(["ann", "ben"]);
  });

  test("asks whose turn it is with all that its mailbox had when it came", async () => {
    await say("ann", "hello");
    begin();
    await pass(100);
    const opened = world.history("bot", "ann", 1)[0]?.seq ?? 0;
    const [first] = questions("sessions");
    expect(first?.atLeast).toBeGreaterThan(0);
    expect(questions("sessions")).toHaveLength(1);
    expect(first?.atLeast).toBeLessThan(opened);
  });

  test("waits while an older session of its device is open, and begins in the moment in which that ends", async () => {
    await opens("old");
    await opens("phone", "phone");
    await say("ann", "hello");
    const { bot, heard } = begin();
    await pass(600_000);
    expect([bot.isOnDuty, heard, questions("sessions").length]).toEqual([false, [], 1]);
    const end = await closes("old");
    await pass(10);
    expect([bot.isOnDuty, answers("ann")]).toEqual([true, ["hello!"]]);
    expect(questions("sessions").at(-1)?.atLeast).toBe(end);
  });

  test("waits on when another session ends than the one it waits for", async () => {
    await opens("old");
    await opens("phone", "phone");
    const { bot } = begin();
    await pass(100);
    await closes("phone");
    await pass(1_000);
    expect(bot.isOnDuty).toBe(false);
    expect(questions("sessions")).toHaveLength(2);
  });

  test("takes an end that another than the session's gateway has stated for one a minute later", async () => {
    await opens("old");
    await closes("old", true);
    await pass(10_000);
    const { bot } = begin();
    await pass(LATE_MS - 10_000 - 1_000);
    expect(bot.isOnDuty).toBe(false);
    // Its own gateway's word comes behind all that it has said: no more has to be waited for.
    await pass(2_000);
    expect(bot.isOnDuty).toBe(true);
  });

  test("takes it so, too, where the end comes while it waits", async () => {
    await opens("old");
    const { bot } = begin();
    await pass(5_000);
    await closes("old", true);
    await pass(LATE_MS - 1_000);
    expect(bot.isOnDuty).toBe(false);
    await pass(2_000);
    expect(bot.isOnDuty).toBe(true);
  });

  test("does not wait for sessions of its own process, whose end nobody has stated", async () => {
    const { bot, duty } = begin();
    await pass(100);
    world.mute = true;
    cut();
    await pass(5_000);
    expect([bot.isOnDuty, duty]).toEqual([true, [true, false, true]]);
  });

  test("does nothing more in a session that has ended, also before its socket does", async () => {
    await opens("old");
    const { bot } = begin();
    await pass(100);
    await closes(await ownSession());
    await closes("old");
    await pass(10_000);
    expect(bot.isOnDuty).toBe(false);
  });

  test("asks again where the views do not answer, and says so, until they do", async () => {
    world.deaf.add("sessions");
    const { bot, errors } = begin();
    await pass(400_000);
    expect(bot.isOnDuty).toBe(false);
    expect(errors.length).toBeGreaterThan(1);
    world.deaf.clear();
    await pass(62_000);
    expect(bot.isOnDuty).toBe(true);
  });

  test("that has lost its connection while it waited, waits in its next one, and asks no more in the name of the last", async () => {
    await opens("old");
    const { bot, duty } = begin();
    await pass(100);
    net.isDown = true;
    cut();
    await pass(100);
    await closes("old");
    const before = world.asked.length;
    await pass(1_000);
    expect(world.asked).toHaveLength(before);
    net.isDown = false;
    await pass(60_000);
    expect([bot.isOnDuty, duty]).toEqual([true, [true]]);
  });

  test("knows nothing any more of a log that is another one, and works by that", async () => {
    const { heard, duty } = begin();
    await say("ann", "one");
    await pass(100);
    world.epoch = "second";
    cut();
    await say("ann", "two");
    await pass(5_000);
    expect(heard).toEqual(["one", "two"]);
    expect(duty).toEqual([true, false, true]);
    expect(answers("ann")).toEqual(["one!", "two!"]);
  });

  test("whose token is another user's by now takes nothing of the first one's chats for that one's", async () => {
    let user = "bot";
    await say("ann", "to the other", "other");
    const { heard } = begin({ getToken: async () => user });
    await say("ann", "to the first");
    await pass(100);
    user = "other";
    cut();
    await pass(5_000);
    expect(heard).toEqual(["to the first", "to the other"]);
  });
});
