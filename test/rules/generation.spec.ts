import { expect, test } from "vitest";
import { open } from "../../src/events/entry.ts";
import type { Mail } from "../../src/events/event.ts";
import { positionOf } from "../../src/events/position.ts";
import { evolve, newcomer } from "../../src/actors/user.ts";
import { fold } from "../../src/rules/conversation.ts";
import { SILENCE } from "../../src/rules/standing.ts";

const told = (generation: number, into?: number): Mail =>
  open({
    kind: "copy",
    owner: "bob",
    seq: 1_003,
    at: 1,
    generation,
    raw: JSON.stringify({
      type: "MessageSent",
      author: "alice",
      to: "bob",
      cid: "a.1",
      body: "hi",
      cause: 501,
      position: 501,
      sentAt: 1,
      ...(into !== undefined && { in: into }),
    }),
  }) as Mail;

const counts = (mail: Mail): boolean => fold(SILENCE, [], mail) !== undefined;

test("a copy counts only where the entry it lies in has the generation it was put there for", () => {
  expect([told(0), told(0, 0), told(1, 1)].map(counts)).toEqual([true, true, true]);
  expect([told(1), told(0, 1), told(1, 2)].map(counts)).toEqual([false, false, false]);
});

test("what an entry of a later generation causes is named by its position, not by its seq", () => {
  const event = {
    type: "MessageSent",
    author: "alice",
    to: "bob",
    device: "d",
    cid: "a.1",
    body: "",
  };
  const raw = JSON.stringify(event);
  const fact = open({ kind: "fact", owner: "alice", seq: 7, at: 1, generation: 2, raw }) as Mail;
  const position = positionOf(2, 7);
  expect(evolve(newcomer, fact).telling?.copy).toMatchObject({ cause: position, position });
});
