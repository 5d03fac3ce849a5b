import { expect, test, vi } from "vitest";
import type { Audited } from "../../src/audit/audit.ts";
import { check } from "../../src/cli/check.ts";
import { copySubject, factSubject, mailboxStream } from "../../src/nats/subjects.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";
import { count, host } from "../broker/host.ts";
import { startBroker } from "../support/broker.ts";
import { PATIENCE } from "../support/patience.ts";
import { commanded, type Ended } from "../support/command.ts";

const run = (url: string, ...args: string[]): Promise<Ended> =>
  commanded(check, args, { NATS_URL: url, AUTH: "dev" });

test("the log of a chat over two streams is well, until a copy is taken out of it", async () => {
  const { broker, topology, make, person, send, shows, settled } = await host(2);
  const [alice, bob] = [person("alice", 0), person("bob", 1)];
  await make();
  for (const n of count(1, 40)) await (n % 2 ? send(alice, bob, n) : send(bob, alice, n));
  await shows(
    bob,
    alice,
    count(1, 40).filter((n) => n % 2 === 1),
  );
  await Promise.all([settled(0), settled(1)]);
  const before = await topology.jsm.streams.info(mailboxStream(1));
  expect(await run(broker.url)).toMatchObject({
    code: 0,
    out: "40 messages of 2 people came to their peers as they were sent\n",
  });
  expect((await topology.jsm.streams.info(mailboxStream(1))).state).toEqual(before.state);

  const { jsm } = topology;
  const copy = await jsm.direct.getMessage(mailboxStream(1), {
    last_by_subj: "copy.*.*.*",
  });
  const { position } = copy!.json<{ position: number }>();
  await jsm.streams.deleteMessage(mailboxStream(1), copy!.seq);
  const found = await run(broker.url, "--json");
  expect(found.code).toBe(3);
  expect(JSON.parse(found.out)).toMatchObject({
    messages: 39,
    found: 1,
    breaches: [{ fault: "lost", author: alice, peer: bob, id: `${alice}:${position}` }],
  });
  expect((await run(broker.url)).out).toContain(
    `${alice}:${position}, ${alice} to ${bob}: never came to its peer, or behind a later one`,
  );
});

test("[G1] [G3] [G4] the log of a group over two streams is well, until a fact of it is taken out, and a word to a member", async () => {
  const { broker, topology, make, person, publisher, settled } = await host(2);
  const [ann, ben] = [person("ann", 0), person("ben", 1)];
  await make();
  let n = 0;
  const group = groupIdOf(ann, "phone.1");
  const states = async (words: object): Promise<void> => {
    const fact = { author: ann, device: "phone", cid: `phone.${++n}`, ...words };
    await publisher.publish(factSubject(ann), JSON.stringify(fact), `f:${ann}:phone.${n}`);
    await Promise.all([settled(0), settled(1)]);
    await Promise.all([settled(0), settled(1)]);
  };
  const asks = (ask: object): Promise<void> => states({ type: "GroupAsked", group, ask });
  const says = (body: string): Promise<void> => states({ type: "MessageSent", to: group, body });
  const limits = { members: 5, sendsPerSecond: 100 };
  await asks({ do: "create", name: "Walkers", members: [ben], limits });
  await says("one");
  await asks({ do: "remove", user: ben });
  await says("two");
  await vi.waitFor(
    async () =>
      expect(await run(broker.url)).toMatchObject({
        code: 0,
        out: "0 messages of 2 people came to their peers as they were sent; groups: 1, which have accepted 4 messages and changes\n",
      }),
    PATIENCE,
  );

  const { jsm } = topology;
  const last = async (subject: string): Promise<{ stream: string; seq: number }> => {
    const stream = mailboxStream(topology.partitionOf(subject.slice(subject.lastIndexOf(".") + 1)));
    const found = await jsm.direct.getMessage(stream, { last_by_subj: subject });
    return { stream, seq: found!.seq };
  };
  const [fact, word] = [await last(factSubject(group)), await last(copySubject(ben))];
  for (const { stream, seq } of [fact, word]) await jsm.streams.deleteMessage(stream, seq);
  const { breaches } = JSON.parse((await run(broker.url, "--json")).out) as Audited;
  expect(breaches.map(({ fault, author, peer }) => [fault, author, peer])).toEqual([
    ["lost", group, ben],
    ["tick-phantom", group, ann],
    ["unstated", ann, group],
  ]);
});

test("posthorn check says how it is used, and makes no streams where there are none", async () => {
  const broker = await startBroker();
  expect(await run(broker.url, "--help")).toMatchObject({ code: 0 });
  expect(await run(broker.url, "everything")).toMatchObject({ code: 2 });
  expect(await run(broker.url)).toMatchObject({
    code: 2,
    err: expect.stringContaining("there are no mailbox streams"),
  });
  expect(await run(broker.url)).toMatchObject({ code: 2 });
  await broker.stop();
  expect(await run(broker.url)).toMatchObject({ code: 4 });
});
