import { expect, test } from "vitest";
import { precedenceOf } from "../../src/nats/publish/precedence.ts";
import { groupIdOf } from "../../src/rules/groupid.ts";

const group = groupIdOf("zoe", "z.1");
const message = { type: "MessageSent", author: "alice", to: "bob", cid: "a.1", body: "x" } as const;
const [fact, copy] = [
  { ...message, device: "d" },
  { ...message, cause: 1, position: 1, sentAt: 1 },
] as const;
const ask = { type: "GroupAsked", author: "alice", group, ask: { do: "standing" } } as const;
const read = { type: "MessageRead", peer: "bob", upTo: 1 } as const;

test("[G8] words of groups, and to them, give way to all others as copies, be they ticks or messages", () => {
  const joined = { type: "GroupJoined", author: group, cause: 3, from: 3 } as const;
  const ticked = { ...read, author: group, cause: 4 };
  for (const event of [{ ...copy, to: group }, { ...ask, cause: 2, under: 1 }, joined, ticked])
    expect(precedenceOf(event, "copies")).toEqual({ yields: "bulk", hasty: false });
  for (const event of [copy, { ...read, author: "alice", cause: 5 }])
    expect(precedenceOf(event, "copies")).toEqual({ yields: undefined, hasty: false });
});

test("[N1] what a device says and will say again is hasty, a receipt is patient, and begin and end of a session are neither", () => {
  expect(precedenceOf(fact, "facts")).toEqual({ yields: undefined, hasty: true });
  expect(precedenceOf({ ...fact, to: group }, "facts")).toEqual({ yields: "bulk", hasty: true });
  expect(precedenceOf(ask, "facts")).toEqual({ yields: "bulk", hasty: false });
  const receipt = { ...read, author: "alice", device: "d" };
  expect(precedenceOf(receipt, "facts")).toEqual({ yields: "patient", hasty: true });
  const left = { type: "SessionClosed", sessionId: "s", reason: "left" } as const;
  expect(precedenceOf(left, "facts")).toEqual({ yields: undefined, hasty: false });
});
