import fc from "fast-check";
import { expect, test } from "vitest";
import { Docket } from "../../../src/actors/group/docket.ts";
import { Stating } from "../../../src/actors/group/stating.ts";
import type { GroupActor } from "../../../src/actors/actor.ts";
import { Progress } from "../../../src/actors/progress.ts";
import type { GroupFact } from "../../../src/events/groupfact.ts";
import { OutrunError } from "../../../src/events/record.ts";
import { silent } from "../../support/silent.ts";
import { DocketLog, STEPS } from "./docketlog.ts";
import { group, GROUP } from "./support.ts";

/** Lets answers come. */
const answered = (): Promise<void> => new Promise((done) => setImmediate(done));

test("[G1] a host that another one has outrun states nothing, not even what is behind, before it has read what that one has stated", async () => {
  const hikers = group("bob");
  hikers.holdsBack = true;
  for (const author of ["bob", "alice", "bob"]) hikers.sends(author);
  const [first, second, third] = hikers.state.owed;
  const { head } = hikers.state;
  // The other one has stated two of the three.
  const last = hikers.seq + 2;
  const tried: { fact: GroupFact; after: number }[] = [];
  const accept = (_group: string, fact: GroupFact, { after }: { after: number }) => {
    tried.push({ fact, after });
    return after === last
      ? Promise.resolve(last + 1)
      : Promise.reject(new OutrunError("another entry is the last one there", last));
  };
  const stating = new Stating({ accept, marksOf: () => [] }, new Progress(0), silent);
  const actor = { owner: GROUP, docket: new Docket(), state: hikers.state } as GroupActor;
  const folded = async (kind: "ask" | "group"): Promise<void> => {
    actor.state = hikers.state;
    stating.folded(actor, { kind, seq: hikers.seq });
    await answered();
  };
  await folded("ask");
  expect(tried).toEqual([{ fact: first?.event, after: head }]);
  hikers.take("group", first?.event ?? {});
  await folded("group");
  expect(tried).toHaveLength(1);
  hikers.take("group", second?.event ?? {});
  await folded("group");
  expect(tried.slice(1)).toEqual([{ fact: third?.event, after: last }]);
});

test("[G4] what is owed holds the checkpoint until its fact is read, and is stated once and in order, whatever is lost, refused or stated by another host", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...STEPS), { minLength: 20, maxLength: 60 }), (steps) => {
      const log = new DocketLog();
      for (const step of steps) log.do(step);
      log.settle();
      expect(log.answered).toEqual(log.copies);
    }),
    { numRuns: 100 },
  );
});
