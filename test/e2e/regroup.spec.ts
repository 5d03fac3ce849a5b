import { connect } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import type { FollowedGroup } from "../../src/protocol/frames/group.ts";
import { startApp } from "../support/app.ts";
import { device, dial, type Device } from "../support/device.ts";
import { answer } from "../support/siege.ts";

const USERS = 200;
const GROUPS = 50;
/** Members of each group. */
const MEMBERS = 100;
/** Devices that come at the same time, before all do. */
const AT_ONCE = 20;
/** Groups in which something happened meanwhile, and how much. */
const BUSY = 5;
const NEWS = 5;

test("[G8] two hundred devices of fifty groups that come back at once: the log is asked at most twice for a group", async () => {
  const app = await startApp({
    CONNECTIONS_PER_ADDRESS: "1000",
    GREETING_PER_ADDRESS: "1000",
    FRAMES_BURST: "10000",
    FRAMES_PER_SECOND: "10000",
  });
  onTestFinished(() => app.stop());
  const users = Array.from({ length: USERS }, (_, n) => `r${n}`);
  const maker = await device(app, "maker");
  const groups: string[] = [];
  const membersOf = new Map<string, Set<string>>();
  for (let g = 0; g < GROUPS; g++) {
    const members = Array.from({ length: MEMBERS }, (_, n) => users[(g * 3 + n) % USERS] ?? "");
    const create = { do: "create", name: `group ${g}`, members };
    const asked = await answer(maker, { t: "ask", cid: `m.${g + 1}`, ask: create });
    groups.push(asked["group"] as string);
    membersOf.set(asked["group"] as string, new Set(members));
  }
  const known = (each: Device, group: string) =>
    each.frames.some(
      ({ t, mailboxes }) =>
        t === "follows" && (mailboxes as { mailbox: string }[]).some((m) => m.mailbox === group),
    );
  await maker.until(() => groups.every((group) => known(maker, group)));

  // Everybody comes once, and goes with a cursor of each mailbox.
  const cursors = new Map<string, object[]>();
  const visit = async (user: string): Promise<void> => {
    const mine = groups.filter((group) => membersOf.get(group)?.has(user));
    const first = await device(app, user);
    const has = (group: string) =>
      first.frames.some(({ t, mailbox }) => t === "event" && mailbox === group);
    await first.until(() => mine.every(has));
    const welcome = first.frames.find(({ t }) => t === "welcome");
    const followed = new Map(
      first.frames
        .filter(({ t }) => t === "follows")
        .flatMap(({ mailboxes }) => mailboxes as FollowedGroup[])
        .map(({ mailbox, epoch }) => [mailbox, epoch]),
    );
    const lasts = [user, ...mine].map((mailbox) => {
      const last = first.frames.findLast(
        ({ t, ...of }) => t === "event" && of["mailbox"] === mailbox,
      );
      const epoch = mailbox === user ? welcome?.["epoch"] : followed.get(mailbox);
      const on = { seq: last?.["seq"], at: last?.["at"] };
      return { mailbox, epoch, seq: last?.["seq"], on };
    });
    cursors.set(user, lasts);
    await first.close();
  };
  for (let i = 0; i < USERS; i += AT_ONCE)
    await Promise.all(users.slice(i, i + AT_ONCE).map(visit));
  let n = GROUPS;
  for (const group of groups.slice(0, BUSY))
    for (let i = 0; i < NEWS; i++)
      maker.say({ t: "send", cid: `m.${++n}`, to: group, body: `news ${i}` });
  const news = groups.slice(0, BUSY);
  await maker.until(
    () =>
      maker.frames.filter(
        ({ t, event }) => t === "event" && event?.type === "MessageSent" && "of" in event,
      ).length ===
      BUSY * NEWS,
  );
  // Nothing is left in the gateway's memory.
  await maker.close();
  await app.kill();
  await app.restart();

  const tokens = await Promise.all(users.map((user) => app.token(user)));
  const back = await Promise.all(users.map((user) => dial(app, user)));
  const nc = await connect({ servers: app.broker.url });
  onTestFinished(() => nc.close());
  const gets = { ofGroups: 0, ofUsers: 0 };
  nc.subscribe("$JS.API.DIRECT.GET.*", {
    callback: (_, msg) => {
      if (!msg.subject.includes("MAILBOX_")) return;
      // A group's id stands in a subject; one that names none asks for an entry of a user's.
      gets[msg.string().includes(".g-") ? "ofGroups" : "ofUsers"]++;
    },
  });
  await nc.flush();
  for (const [i, each] of back.entries())
    each.say({ t: "hello", token: tokens[i], deviceId: "d", since: cursors.get(users[i] ?? "") });
  const isBack = (each: Device): boolean =>
    news
      .filter((group) => membersOf.get(group)?.has(each.user))
      .every((group) =>
        each.frames.some(({ t, mailbox }) => t === "caughtUp" && mailbox === group),
      ) &&
    groups
      .filter((group) => membersOf.get(group)?.has(each.user))
      .every((group) => known(each, group));
  await Promise.all(back.map((each) => each.until(() => isBack(each), 60_000)));
  await nc.flush();
  expect(gets.ofGroups).toBeLessThanOrEqual(2 * GROUPS);
  // Four for the session, and three for its user's actor, which is loaded anew.
  expect(gets.ofUsers).toBeLessThanOrEqual(7 * USERS);
  for (const each of back)
    for (const group of news.filter((one) => membersOf.get(one)?.has(each.user)))
      expect(
        each.frames.filter(({ t, mailbox }) => t === "event" && mailbox === group),
      ).toHaveLength(NEWS);
  await Promise.all(back.map((each) => each.close()));
}, 180_000);
