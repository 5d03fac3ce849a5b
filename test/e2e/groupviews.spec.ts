import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type App } from "../support/app.ts";
import { device, type Frame } from "../support/device.ts";
import { answer } from "../support/siege.ts";

let app: App;
beforeAll(async () => {
  app = await startApp({ PARTITIONS: "3" });
});
afterAll(() => app.stop());

const isLine =
  (group: string, wish: string) =>
  (frame: Frame): boolean =>
    frame["mailbox"] === group && frame["event"]?.change?.do === wish;
const isMessage =
  (group: string, body: string) =>
  (frame: Frame): boolean =>
    frame["mailbox"] === group && frame["event"]?.body === body;

test("[G10] [G11] the views of a group, over the real server: history, ticks, who has it, members, and one list of chats", async () => {
  const [alice, bob, carol] = [
    await device(app, "valice"),
    await device(app, "vbob"),
    await device(app, "vcarol"),
  ];
  const create = { do: "create", name: "Tea", members: ["vbob", "vcarol"] };
  const group = (await answer(alice, { t: "ask", cid: "a.1", ask: create }))["group"] as string;
  await Promise.all([alice, bob, carol].map((each) => each.until(isLine(group, "create"))));
  alice.say({ t: "send", cid: "a.2", to: group, body: "here?", mentions: ["vbob"] });
  const seq = (await bob.until(isMessage(group, "here?")))["seq"] as number;
  await carol.until(isMessage(group, "here?"));

  // A question with the position of an event gets no older answer.
  const asked = await answer(bob, { t: "history", peer: group, atLeast: seq, ref: "h" });
  expect(asked).toMatchObject({
    t: "reply",
    view: "history",
    result: {
      messages: [
        { by: "valice", change: { do: "create" } },
        { seq, id: `${group}:${seq}`, author: "valice", mentions: ["vbob"] },
      ],
      more: false,
    },
  });
  const joined = await bob.until((frame) => frame["event"]?.type === "GroupJoined");
  const list = await answer(bob, { t: "chats", atLeast: joined["seq"], ref: "c" });
  expect(list["result"]).toMatchObject({
    chats: [{ peer: group, name: "Tea", unread: 1, mentioned: true, seq, read: 0 }],
    more: false,
  });

  bob.say({ t: "read", peer: group, upTo: seq });
  carol.say({ t: "delivered", peer: group, upTo: seq });
  await alice.until((frame) => frame["event"]?.type === "MessageDelivered");
  const id = `${group}:${seq}`;
  const status = async (): Promise<unknown> =>
    (await answer(alice, { t: "status", id, ref: "s" }))["result"];
  await expect.poll(status).toMatchObject({ status: "delivered", delivered: 2, read: 1, of: 2 });
  expect((await answer(alice, { t: "info", id, ref: "i" }))["result"]).toMatchObject({
    members: [
      { user: "vbob", delivered: true, read: true, readAt: expect.any(Number) },
      { user: "vcarol", delivered: true, read: false },
    ],
    more: false,
  });
  expect((await answer(alice, { t: "group", group, ref: "g" }))["result"]).toMatchObject({
    name: "Tea",
    members: 3,
    role: "admin",
    receipts: true,
  });
  expect((await answer(bob, { t: "members", group, ref: "m" }))["result"]).toMatchObject({
    members: [
      { user: "valice", role: "admin" },
      { user: "vbob", role: "member" },
      { user: "vcarol", role: "member" },
    ],
  });

  // A link's secret is for admins; a removed one is told what was there until then, and a stranger nothing.
  alice.say({ t: "ask", cid: "a.3", group, ask: { do: "invite", on: true } });
  const { seq: linked } = await alice.until(isLine(group, "invite"));
  const invite = (await answer(alice, { t: "group", group, atLeast: linked, ref: "g2" }))["result"];
  expect(invite).toMatchObject({ invite: expect.stringMatching(/^[\w-]{22}$/) });
  alice.say({ t: "ask", cid: "a.4", group, ask: { do: "remove", user: "vcarol" } });
  const { seq: upTo } = await alice.until(isLine(group, "remove"));
  alice.say({ t: "send", cid: "a.5", to: group, body: "without carol" });
  const { seq: later } = await alice.until(isMessage(group, "without carol"));
  const left = (await answer(carol, { t: "history", peer: group, atLeast: later, ref: "h2" }))[
    "result"
  ];
  expect((left.messages as Frame[]).at(-1)).toMatchObject({ seq: upTo, change: { do: "remove" } });
  expect((await answer(carol, { t: "group", group, ref: "g3" }))["result"]).toMatchObject({ upTo });
  const zoe = await device(app, "vzoe");
  for (const question of [
    { t: "history", peer: group },
    { t: "group", group },
    { t: "members", group },
    { t: "info", id },
    { t: "status", id },
    { t: "group", group: "g-aaaaaaaaaaaaaaaaaaaaaa" },
  ]) {
    const refused = await answer(zoe, { ...question, ref: JSON.stringify(question) });
    expect(refused).toMatchObject({ t: "error", code: "not_found" });
  }
  await Promise.all([alice, bob, carol, zoe].map((each) => each.close()));
});
