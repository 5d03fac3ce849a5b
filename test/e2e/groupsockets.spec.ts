import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type App } from "../support/app.ts";
import { device, dial, type Device, type Frame } from "../support/device.ts";
import { answer } from "../support/siege.ts";

let app: App;
beforeAll(async () => {
  app = await startApp({ SENDS_BURST: "1000", SENDS_PER_SECOND: "1000" });
});
afterAll(() => app.stop());

/** The seqs of a group's events that a device was told, in the order in which they came. */
const seqsOf = ({ frames }: Device, group: string): number[] =>
  frames.flatMap((frame) =>
    frame.t === "event" && frame["mailbox"] === group ? [frame["seq"] as number] : [],
  );
const isOf =
  (group: string, body: string) =>
  (frame: Frame): boolean =>
    frame["mailbox"] === group && (frame["event"] as { body?: string } | undefined)?.body === body;
const changes =
  (group: string, wish: string) =>
  (frame: Frame): boolean =>
    frame["mailbox"] === group && frame["event"]?.change?.do === wish;

test("[G3] [G8] three sockets in a group see one order; who is removed sees no more, and who comes back with a cursor what was missed", async () => {
  const alice = await device(app, "galice");
  const bob = await device(app, "gbob");
  const carol = await device(app, "gcarol");
  const create = { do: "create", name: "Tea", members: ["gbob", "gcarol"] };
  const asked = await answer(alice, { t: "ask", cid: "a.1", ask: create });
  expect(asked).toMatchObject({ t: "asked", cid: "a.1" });
  const group = asked["group"] as string;
  const all = [alice, bob, carol];
  await Promise.all(all.map((each) => each.until(changes(group, "create"))));
  for (let n = 1; n <= 10; n++)
    for (const each of all) each.say({ t: "send", cid: `s.${n}`, to: group, body: `${n}` });
  for (const each of all) each.say({ t: "send", cid: "s.11", to: group, body: "last" });
  const isAll = (each: Device) => each.until(() => seqsOf(each, group).length === 34);
  await Promise.all(all.map(isAll));
  expect(seqsOf(bob, group)).toEqual(seqsOf(alice, group));
  expect(seqsOf(carol, group)).toEqual(seqsOf(alice, group));

  // Carol goes away, Bob is removed, and life goes on.
  const cursor = seqsOf(carol, group).at(-1) ?? 0;
  const event = carol.frames.findLast((frame) => frame["seq"] === cursor);
  const epoch = carol.frames.find(({ t }) => t === "welcome")?.["epoch"] as string;
  await carol.close();
  alice.say({ t: "ask", cid: "a.20", group, ask: { do: "remove", user: "gbob" } });
  await bob.until(({ t }) => t === "unfollows");
  alice.say({ t: "send", cid: "a.21", to: group, body: "without bob" });
  await alice.until(isOf(group, "without bob"));
  bob.say({ t: "send", cid: "b.30", to: group, body: "let me in" });
  await bob.until((frame) => frame["event"]?.type === "Refused");
  expect(seqsOf(bob, group)).toEqual(seqsOf(alice, group).slice(0, 35));

  const back = await dial(app, "gcarol");
  const on = { seq: cursor, at: event?.["at"] };
  const since = [{ mailbox: group, epoch, seq: cursor, on }];
  const hello = { t: "hello", token: await app.token("gcarol"), deviceId: "x", since };
  expect(await answer(back, hello)).toMatchObject({ t: "welcome" });
  await back.until((frame) => frame.t === "caughtUp" && frame["mailbox"] === group);
  expect(seqsOf(back, group)).toEqual(seqsOf(alice, group).slice(34));
  await Promise.all([alice, bob, back].map((each) => each.close()));
});

test("[G7] an author is told when everybody has a message, and when everybody has read it", async () => {
  const [dan, eve, fay] = [
    await device(app, "gdan"),
    await device(app, "geve"),
    await device(app, "gfay"),
  ];
  const create = { do: "create", name: "Tea", members: ["geve", "gfay"] };
  const group = (await answer(dan, { t: "ask", cid: "d.1", ask: create }))["group"] as string;
  await Promise.all([dan, eve, fay].map((each) => each.until(changes(group, "create"))));
  dan.say({ t: "send", cid: "d.2", to: group, body: "here?" });
  const { seq: upTo } = await eve.until(isOf(group, "here?"));
  await fay.until(isOf(group, "here?"));
  eve.say({ t: "delivered", peer: group, upTo });
  fay.say({ t: "delivered", peer: group, upTo });
  const told = (type: string) => (frame: Frame) =>
    frame["event"]?.type === type && frame["event"]?.author === group;
  expect(await dan.until(told("MessageDelivered"))).toMatchObject({ event: { upTo } });
  eve.say({ t: "read", peer: group, upTo });
  fay.say({ t: "read", peer: group, upTo });
  expect(await dan.until(told("MessageRead"))).toMatchObject({ event: { upTo } });
  // The reader's other devices know it, too.
  await eve.until((frame) => frame["event"]?.type === "MessageRead");
  const stranger = await device(app, "gzoe");
  const words = [
    { t: "delivered", peer: group, upTo },
    { t: "read", peer: group, upTo },
    { t: "typing", peer: "g-aaaaaaaaaaaaaaaaaaaaaa" },
  ];
  // Until the gateway knows whose groups are whose, it asks to be told again.
  for (const word of words)
    await expect.poll(async () => (await answer(stranger, word))["code"]).toBe("not_found");
  await Promise.all([dan, eve, fay, stranger].map((each) => each.close()));
});
