import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { GroupActor } from "../../../src/actors/actor.ts";
import { Docket } from "../../../src/actors/group/docket.ts";
import { Stating } from "../../../src/actors/group/stating.ts";
import type { FactPlace } from "../../../src/actors/ports.ts";
import { Progress } from "../../../src/actors/progress.ts";
import type { GroupFact } from "../../../src/events/groupfact.ts";
import { positionOf } from "../../../src/events/position.ts";
import { OutrunError } from "../../../src/events/record.ts";
import { silent } from "../../support/silent.ts";
import { group, GROUP } from "./support.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Alice's group, which owes facts, and the part of its host that states them. */
function host() {
  const hikers = group("bob", "carol", "dan");
  hikers.holdsBack = true;
  const tried: { fact: GroupFact; after: number }[] = [];
  const envelopes: object[] = [];
  const answers: { stored: (seq: number) => void; failed: (error: Error) => void }[] = [];
  const accept = (_: string, fact: GroupFact, place: FactPlace): Promise<number> => {
    const { after, ...envelope } = place;
    tried.push({ fact, after });
    envelopes.push(envelope);
    return new Promise((stored, failed) => void answers.push({ stored, failed }));
  };
  const progress = new Progress(0);
  const stating = new Stating({ accept, marksOf: () => [] }, progress, silent);
  const actor = { owner: GROUP, docket: new Docket(), state: hikers.state } as GroupActor;
  const folded = (kind: "ask" | "group"): void => {
    actor.state = hikers.state;
    stating.folded(actor, { kind, seq: hikers.seq });
  };
  /** Somebody's message is read, and so the group owes a fact of it. */
  const hears = (author: string): void => {
    hikers.sends(author);
    folded("ask");
  };
  const answered = () => vi.advanceTimersByTimeAsync(0);
  return { hikers, tried, envelopes, answers, progress, stating, folded, hears, answered };
}

test("[G4] of what is owed one fact is under way, also while more is asked, and each holds the checkpoint until it is read", async () => {
  const { hikers, tried, answers, progress, stating, folded, hears, answered } = host();
  expect(stating.held).toBe(0);
  const { head } = hikers.state;
  hears("bob");
  hears("alice");
  expect(stating.held).toBe(2);
  expect(progress.size).toBe(2);
  const [first, second] = hikers.state.owed;
  expect(tried).toEqual([{ fact: first?.event, after: head }]);
  answers[0]?.stored(hikers.seq + 1);
  await answered();
  // The next leaves behind the answer, though nothing has been read.
  expect(tried.slice(1)).toEqual([{ fact: second?.event, after: hikers.seq + 1 }]);
  expect(stating.held).toBe(2);
  hikers.take("group", first?.event ?? {});
  folded("group");
  expect([stating.held, progress.size]).toEqual([1, 1]);
  expect(tried).toHaveLength(2);
});

test("[G4] what the log does not take is stated again a second later, if nothing has been read meanwhile that says otherwise", async () => {
  const { hikers, tried, answers, folded, hears, answered } = host();
  hears("bob");
  answers[0]?.failed(new Error("no leader"));
  await vi.advanceTimersByTimeAsync(999);
  expect(tried).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(tried[1]).toEqual(tried[0]);
  // Its second try is not answered, though it was stored: it is read.
  const fact = hikers.state.owed[0]?.event;
  answers[1]?.failed(new Error("no leader"));
  await answered();
  hikers.take("group", fact ?? {});
  folded("group");
  hears("alice");
  expect(tried).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(tried).toHaveLength(3);
});

test("[G1] an answer that comes when its fact has been read already counts for nothing", async () => {
  const { hikers, tried, answers, folded, hears, answered } = host();
  for (const author of ["bob", "alice", "bob"]) hears(author);
  const [first, second, third] = hikers.state.owed;
  hikers.take("group", first?.event ?? {});
  folded("group");
  expect(tried.map(({ fact }) => fact)).toEqual([first?.event, second?.event]);
  answers[0]?.stored(hikers.seq);
  await answered();
  expect(tried).toHaveLength(2);
  answers[1]?.failed(new OutrunError("another", hikers.seq + 9));
  hikers.take("group", second?.event ?? {});
  folded("group");
  await answered();
  // Nobody is held up by what was outrun after it had been read.
  expect(tried.slice(2)).toEqual([{ fact: third?.event, after: hikers.seq }]);
  answers[2]?.stored(hikers.seq + 1);
  await answered();
  hears("bob");
  expect(tried).toHaveLength(4);
});

test("[G4] each fact names the last one before it that ended a membership, be it read or only stored", async () => {
  const { hikers, envelopes, answers, folded, hears, answered } = host();
  for (const user of ["bob", "carol"]) {
    hikers.asks("alice", { do: "remove", user });
    folded("ask");
  }
  hears("alice");
  const seqs = [hikers.seq + 5, hikers.seq + 9];
  answers[0]?.stored(seqs[0]!);
  await answered();
  answers[1]?.stored(seqs[1]!);
  await answered();
  const [began, first, second] = [0, ...seqs.map((seq) => positionOf(0, seq))];
  expect(envelopes).toEqual([
    { ended: "bob", endedBefore: began },
    { ended: "carol", endedBefore: first },
    { ended: undefined, endedBefore: second },
  ]);
});

test.each(["stored", "failed"] as const)(
  "[G4] what is owed when the host stops is left to the next start, behind a fact that is %s",
  async (outcome) => {
    const { hikers, tried, answers, stating, hears, answered } = host();
    hears("bob");
    hears("alice");
    stating.stop();
    if (outcome === "stored") answers[0]?.stored(hikers.seq + 1);
    else answers[0]?.failed(new Error("no leader"));
    await answered();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    hears("bob");
    expect(tried).toHaveLength(1);
  },
);
