import { expect, test } from "vitest";
import type { Event } from "../../src/events/event.ts";
import type { Owner } from "../../src/events/owner.ts";
import { Owners } from "../../src/nats/owners.ts";
import { admission } from "../../src/nats/publish/admission.ts";

/** As if one type had come with the second rules. */
const rulesOf = (type: Event["type"]): number => (type === "SignedOut" ? 2 : 1);

const word = (rules: number): Owner => ({
  type: "RulesRaised",
  epoch: "e",
  earlier: [],
  marks: [],
  rules,
  layout: 1,
});

/** A stream whose newest word has these rules, of which this process has heard those of before. */
function stream(rules: number, stream = "MAILBOX_0", layout = 1) {
  const asked: number[] = [];
  let now = 0;
  const newest = { seq: 5, data: Buffer.from(JSON.stringify({ ...word(rules), layout })) };
  const jsm = {
    direct: { getMessage: () => Promise.resolve((asked.push(now), newest)) },
  } as unknown as Parameters<typeof admission>[0]["jsm"];
  const owners = new Owners([{ seq: 1, owner: word(1) }]);
  const destinationAt = () => ({ stream, gathers: false });
  const admits = admission({ destinationAt, owners, jsm }, () => now, rulesOf);
  return { admits, asked, owners, pass: (ms: number) => (now += ms) };
}

test("[L12] a type of the first rules is let in anywhere, and one that is newer where the stream says so: it is looked at again for the next", async () => {
  const { admits, asked } = stream(2);
  expect(admits("s", "MessageSent")).toBe(true);
  expect(asked).toEqual([]);
  expect(admits("s", "SignedOut")).toBe(false);
  await expect.poll(() => admits("s", "SignedOut")).toBe(true);
});

test("[L12] a flood of what is kept out has the stream looked at once in two seconds", () => {
  const { admits, asked, pass } = stream(1);
  for (let n = 0; n < 100; n++) expect(admits("s", "SignedOut")).toBe(false);
  pass(2_000);
  for (let n = 0; n < 100; n++) expect(admits("s", "SignedOut")).toBe(false);
  expect(asked).toEqual([0, 2_000]);
});

test("[L12] where a stream has no rules, as that of activities, all types are let in", () =>
  expect(stream(1, "ACTIVITY").admits("s", "SignedOut")).toBe(true));

test("[L11] a stream of another layout that it looks at lets nothing in, and ends the process by the sentence for that alone", async () => {
  const { admits, owners } = stream(2, "MAILBOX_0", 2);
  expect(admits("s", "SignedOut")).toBe(false);
  // A rejection that nobody hears fails the run of specs.
  await expect(owners.dealtAnew).rejects.toThrow("MAILBOX_0 is of layout 2 now");
  expect(admits("s", "SignedOut")).toBe(false);
});
