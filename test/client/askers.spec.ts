import { expect, test } from "vitest";
import { Askers } from "../../src/client/groups/askers.ts";
import { left } from "./devices.ts";

/** The outcome of a wait, by now. */
function waits(askers: Askers, cid: string) {
  const entry = left(cid, { to: "g-1" });
  const outcome: { now: unknown } = { now: "open" };
  askers.wait(entry).then(
    (group) => (outcome.now = group),
    (error: { code: string; retryable: boolean }) => (outcome.now = [error.code, error.retryable]),
  );
  return { entry, outcome };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("[G12] what is asked resolves with its group, and throws the code of a refusal, which no repeat mends", async () => {
  const askers = new Askers();
  const [made, refused, open] = ["a.1", "a.2", "a.3"].map((cid) => waits(askers, cid));
  askers.settled(made!.entry);
  askers.settled(refused!.entry, "forbidden");
  await turn();
  expect([made, refused, open].map((each) => each?.outcome.now)).toEqual([
    "g-1",
    ["forbidden", false],
    "open",
  ]);
});

test("[G12] a log-out ends all that is waited for", async () => {
  const askers = new Askers();
  const { outcome } = waits(askers, "a.1");
  askers.clear();
  await turn();
  expect(outcome.now).toEqual(["connection.closed", false]);
});
