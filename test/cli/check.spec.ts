import { expect, test } from "vitest";
import { check } from "../../src/cli/check.ts";
import { mailboxStream } from "../../src/nats/subjects.ts";
import { count, host } from "../broker/host.ts";
import { startBroker } from "../support/broker.ts";
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
