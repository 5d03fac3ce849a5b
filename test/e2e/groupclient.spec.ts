import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type App } from "../support/app.ts";
import { PageClient } from "../support/pageclient.ts";

let app: App;
const clients: PageClient[] = [];
beforeAll(async () => {
  app = await startApp({
    GROUP_SENDS_PER_SECOND: "4",
    SENDS_BURST: "500",
    SENDS_PER_SECOND: "500",
  });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.leave()));
  await app.stop();
});

async function client(user: string): Promise<PageClient> {
  const made = await new PageClient(app, user).connect();
  clients.push(made);
  return made;
}

test("[G8] [G12] a client that is written from the page makes groups, joins, writes, names, ticks, leaves, and goes on from many cursors", async () => {
  const [ann, ben, cem] = [
    await client("page-ann"),
    await client("page-ben"),
    await client("page-cem"),
  ];
  const tea = await ann.create("Tea", ["page-ben"]);
  const chess = await ben.create("Chess", ["page-ann"]);
  await Promise.all([ben.shows(tea, "create"), ann.shows(chess, "create")]);

  ann.ask(tea, { do: "invite", on: true });
  await ben.shows(tea, "invite");
  await ann.shows(tea, "invite");
  const atLeast = ann.shown.get(tea)?.at(-1)?.seq;
  const { result } = await ann.question({ t: "group", group: tea, atLeast });
  const secret = result.invite as string;
  expect((await ben.question({ t: "group", group: tea }))["result"]).not.toHaveProperty("invite");
  cem.ask(tea, { do: "join", secret: "x".repeat(22) });
  await cem.until(() => cem.outbox.refusals.length > 0);
  expect(cem.outbox.refusals.map(([, code]) => code)).toEqual(["not_found"]);
  cem.ask(tea, { do: "join", secret });
  await cem.shows(tea, "join");

  ann.send(tea, "Who comes, @page-cem?", ["page-cem"]);
  ben.send(tea, "I do");
  await Promise.all([ann, ben, cem].map((each) => each.shows(tea, "I do")));
  await cem.shows(tea, "Who comes, @page-cem?");
  expect(cem.texts(tea).slice(1)).toEqual(ann.texts(tea).slice(-2));
  const { seq } = ann.shown.get(tea)?.find(({ text }) => text.startsWith("Who")) ?? { seq: 0 };
  await ann.until(() => (ann.ticks.get(tea)?.delivered ?? 0) >= seq);
  for (const each of [ben, cem]) each.read(tea);
  await ann.until(() => (ann.ticks.get(tea)?.read ?? 0) >= seq);
  // The views come a little later.
  const status = async (): Promise<unknown> =>
    (await ann.question({ t: "status", id: `${tea}:${seq}` }))["result"];
  await expect.poll(status).toMatchObject({ delivered: 2, read: 2, of: 2 });

  // Away with two cursors; of one group all that was missed comes, the other cannot be followed from there.
  await ben.leave();
  ann.send(tea, "one");
  ann.send(tea, "two");
  ann.send(chess, "e4");
  await ann.until(() => ann.outbox.isCalm);
  ben.forge(chess);
  await ben.connect();
  expect(ben.named.toSorted()).toEqual([tea, chess].toSorted());
  await Promise.all([ben.shows(tea, "two"), ben.shows(chess, "e4")]);
  expect(ben.texts(tea)).toEqual(ann.texts(tea));
  expect(ben.texts(chess)).toEqual(ann.texts(chess));
  expect(ben.resyncs).toEqual([chess]);

  ann.ask(tea, { do: "remove", user: "page-cem" });
  await cem.until(() => cem.ended.get(tea) === "removed");
  cem.send(tea, "let me in");
  await cem.until(() => cem.outbox.refusals.length > 1);
  expect(cem.outbox.refusals.at(-1)?.[1]).toBe("not_found");
  expect(cem.texts(tea).at(-1)).toBe("remove");
  ann.ask(tea, { do: "leave" });
  await ann.until(() => ann.ended.get(tea) === "left");
  await ben.shows(tea, "leave");
  expect(ann.outbox.isCalm && ben.outbox.isCalm && cem.outbox.isCalm).toBe(true);
});

test("[G12] and in a group that is busy all of an author's messages are shown at last, in their order", async () => {
  const ann = await client("page-dan");
  const group = await ann.create("Busy", []);
  const texts = Array.from({ length: 24 }, (_, i) => `${i}`);
  for (const text of texts) ann.send(group, text);
  await ann.until(() => ann.outbox.isCalm);
  expect(ann.texts(group).slice(1)).toEqual(texts);
  expect(ann.outbox.refusals.map(([, code]) => code)).toContain("group.busy");
});
