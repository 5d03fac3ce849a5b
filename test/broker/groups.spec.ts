import { expect, test, vi } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import type { Fact } from "../../src/events/fact.ts";
import type { GroupFact } from "../../src/events/groupfact.ts";
import { OutrunError } from "../../src/events/record.ts";
import { copies } from "../../src/nats/publish/copies.ts";
import { Lanes } from "../../src/nats/publish/lanes.ts";
import { statedId } from "../../src/nats/names.ts";
import { factSubject, mailboxStream } from "../../src/nats/subjects.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";
import { PATIENCE } from "../support/patience.ts";
import { silent } from "../support/silent.ts";
import { host } from "./host.ts";

const LIMITS = { members: 1_024, sendsPerSecond: 100 };

test("[G1] [G3] a group's facts lie in the log once, in one order, with whose membership they end, whichever host states them", async () => {
  const { make, person, publisher, mailboxes, topology } = await host(2);
  const [ann, bob] = [person("ann", 0), person("bob", 1)];
  const g = groupIdOf(ann, "phone.1");
  const state = (fact: Fact): Promise<number> =>
    publisher.publish(factSubject(fact.author), JSON.stringify(fact), statedId(fact));
  const ask = (author: string, n: number, what: object): Promise<number> => {
    const cid = `phone.${n}`;
    return state({ type: "GroupAsked", author, group: g, device: "d", cid, ask: what } as Fact);
  };
  const entries = async (owner: string): Promise<Entry[]> => {
    const all: Entry[] = [];
    const head = await mailboxes.head(owner);
    for await (const page of mailboxes.read(owner, 0, head)) all.push(...page.entries);
    return all;
  };
  const factsOf = async (): Promise<Entry[]> =>
    (await entries(g)).filter(({ kind }) => kind === "group");
  const said = async (): Promise<string[]> =>
    (await factsOf()).flatMap(({ raw }) => {
      const fact = JSON.parse(raw) as GroupFact;
      return fact.type === "MessageSent" ? [fact.body] : [];
    });
  const first = await make();
  await ask(ann, 1, { do: "create", name: "G", members: [bob], limits: LIMITS });
  await vi.waitFor(async () => {
    const joined = (await entries(bob)).some(({ raw }) => raw.includes('"GroupJoined"'));
    expect(joined).toBe(true);
  }, PATIENCE);
  const send = (author: string, n: number): Promise<number> => {
    const cid = `phone.${n}`;
    return state({ type: "MessageSent", author, to: g, device: "d", cid, body: `${author} ${n}` });
  };
  for (let n = 2; n < 12; n++) await Promise.all([send(ann, n), send(bob, n)]);
  await first.stop();
  for (let n = 12; n < 22; n++) await Promise.all([send(ann, n), send(bob, n)]);
  await make("another");
  await vi.waitFor(async () => expect(await said()).toHaveLength(40), PATIENCE);
  const all = await said();
  expect(new Set(all).size).toBe(40);
  for (const author of [ann, bob])
    expect(all.filter((each) => each.startsWith(`${author} `))).toEqual(
      Array.from({ length: 20 }, (_, i) => `${author} ${i + 2}`),
    );
  // A host that was paused names a fact that is the last no more, and hears which is.
  const before = await factsOf();
  const late = copies(new Lanes(publisher, silent, "copies"), publisher, topology, []);
  const place = { after: before.at(-2)?.seq ?? 0, ended: undefined, endedBefore: 0 };
  const stated = late.accept(g, JSON.parse(before.at(-1)?.raw ?? "") as GroupFact, place);
  await expect(stated).rejects.toEqual(
    new OutrunError("another entry is the last one there", before.at(-1)?.seq),
  );
  await ask(ann, 30, { do: "remove", user: bob });
  await vi.waitFor(async () => {
    const left = (await entries(bob)).find(({ raw }) => raw.includes('"GroupLeft"'));
    expect(left).toBeDefined();
  }, PATIENCE);
  expect((await factsOf()).at(-1)).toMatchObject({ ended: bob });
  const facts = await factsOf();
  expect(facts).toHaveLength(42);
  // The one before it, which each names, makes it come once, and nothing else: a second statement with an id would be taken for stored.
  const { jsm, partitionOf } = topology;
  const ids = facts.map(async ({ seq }) => {
    const message = await jsm.direct.getMessage(mailboxStream(partitionOf(g)), { seq });
    return message?.header.get("Nats-Msg-Id");
  });
  expect(await Promise.all(ids)).toEqual(Array(42).fill(""));
});
