import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { ChatClient } from "../../src/client/client.ts";
import { SLOTS } from "../../src/events/limits.ts";
import { slotOf } from "../../src/nats/slots.ts";
import { userOf } from "../broker/placed.ts";
import { chat } from "../support/chat.ts";
import { PATIENCE } from "../support/patience.ts";
import { expectViewsAreAReplay, server } from "./support.ts";

const [ZOE] = [userOf(0, "zoe")];
const [ANNA, BEN, CLEO, DORA] = ["anna", "ben", "cleo", "dora"].map((name) => userOf(1, name)) as [
  string,
  string,
  string,
  string,
];
const isInFirst = (group: string): boolean => slotOf(group) < SLOTS / 2;

/** Messages of a group as a client shows them, each with its id. */
const shown = (client: ChatClient, group: string): string[] =>
  client
    .messages(group)
    .items.filter(({ change }) => change === undefined)
    .map(({ id, body }) => `${id} ${body}`);
const bodies = (client: ChatClient, group: string): string[] =>
  shown(client, group).map((each) => each.slice(each.indexOf(" ") + 1));

test("[L6] [G3] [G9] when the stream of a group comes back shorter, its members show the same again, and who was let in or removed only in what is lost is what they were: they have asked", async () => {
  const app = await server({ PARTITIONS: "2" });
  const client = (user: string): ChatClient => {
    const one = chat(app.url, user);
    onTestFinished(() => one.close());
    return one;
  };
  const [anna, ben, cleo, dora, zoe] = [ANNA, BEN, CLEO, DORA, ZOE].map(client) as [
    ChatClient,
    ChatClient,
    ChatClient,
    ChatClient,
    ChatClient,
  ];
  const shows = (one: ChatClient, ...texts: string[]): Promise<void> =>
    vi.waitFor(() => expect(bodies(one, group)).toEqual(texts), PATIENCE);
  /** Why the client says that its user is in the group no more. */
  const left = (one: ChatClient) => one.group(group).details.left;

  let group = "";
  do group = await anna.createGroup({ name: "Storm", members: [BEN, CLEO, ZOE] });
  while (!isInFirst(group));
  await anna.group(group).promote(ZOE);
  anna.send(group, "1");
  await shows(zoe, "1");
  zoe.send(group, "2");
  for (const each of [anna, ben, cleo, zoe]) await shows(each, "1", "2");

  const store = join(app.broker.dir, "store", "jetstream", "$G", "streams", "MAILBOX_0");
  const aside = `${app.broker.dir}-older`;
  onTestFinished(() => rmSync(aside, { recursive: true, force: true }));
  await app.broker.kill();
  cpSync(store, aside, { recursive: true });
  await app.broker.restart();

  // Facts of anna's lie in another stream, and are told again; those of zoe's are lost with the group's own.
  await zoe.group(group).add([DORA]);
  await zoe.group(group).remove(CLEO);
  zoe.send(group, "lost");
  await shows(anna, "1", "2", "lost");
  anna.send(group, "3");
  for (const each of [anna, ben, zoe]) await shows(each, "1", "2", "lost", "3");
  await shows(dora, "lost", "3");
  await vi.waitFor(
    () => expect([left(dora), left(cleo)]).toEqual([undefined, "removed"]),
    PATIENCE,
  );

  await app.broker.kill();
  rmSync(store, { recursive: true });
  cpSync(aside, store, { recursive: true });
  await app.broker.restart();
  await vi.waitFor(() => expect(app.log()).toContain("the log came back shorter"), PATIENCE);

  await vi.waitFor(() => expect([left(dora), left(cleo)]).toEqual(["left", undefined]), PATIENCE);
  anna.send(group, "4");
  for (const each of [anna, ben, cleo, zoe]) await shows(each, "1", "2", "3", "4");
  cleo.send(group, "5");
  zoe.send(group, "6");
  for (const each of [anna, ben, cleo, zoe])
    await vi.waitFor(() => expect(shown(each, group)).toHaveLength(6), PATIENCE);
  for (const each of [ben, cleo, zoe]) expect(shown(each, group)).toEqual(shown(anna, group));
  expect(bodies(dora, group).filter((text) => /[456]/.test(text))).toEqual([]);
  await expectViewsAreAReplay(app);
});
