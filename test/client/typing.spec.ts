import { beforeEach, expect, test } from "vitest";
import { Signals } from "../../src/client/connection/signals.ts";
import { modelServer, pass } from "./devices.ts";

modelServer();

let signals: Signals;
let said: string[];
let changes: number;
beforeEach(() => {
  [said, changes] = [[], 0];
  const began = Date.now() - 1_000_000;
  signals = new Signals({
    send: (frame) => void said.push("peer" in frame ? `${frame.t} ${frame.peer}` : frame.t),
    changed: () => void changes++,
    elapsed: () => Date.now() - began,
  });
});

test("[P4] typing is said once in three seconds of a chat, and at once of another", async () => {
  signals.typed("bob");
  await pass(2_999);
  signals.typed("bob");
  expect(said).toEqual(["typing bob"]);
  await pass(1);
  signals.typed("bob");
  signals.typed("carol");
  expect(said).toEqual(["typing bob", "typing bob", "typing carol"]);
});

test("[P4] that somebody looks is said once in ten seconds", async () => {
  signals.focus();
  await pass(9_999);
  signals.focus();
  expect(said).toEqual(["focus"]);
  await pass(1);
  signals.focus();
  expect(said).toEqual(["focus", "focus"]);
});

test("[P4] who types is shown for six seconds behind the last sign, and told of when it changes", async () => {
  signals.types("g-1", "bob");
  await pass(3_000);
  signals.types("g-1", "bob");
  signals.types("g-1", "carol");
  await pass(5_999);
  expect([signals.typing("g-1"), changes]).toEqual([["bob", "carol"], 2]);
  await pass(1);
  expect([signals.typing("g-1"), changes]).toEqual([[], 4]);
  signals.stopped("g-1", "bob");
  signals.stopped("dave");
  expect(changes).toBe(4);
});

test("[P4] who has sent and types again is shown for six seconds from then on", async () => {
  signals.types("bob");
  await pass(1_000);
  signals.stopped("bob");
  expect(signals.typing("bob")).toBe(signals.typing("nobody"));
  signals.types("bob");
  await pass(5_999);
  expect([signals.typing("bob"), changes]).toEqual([["bob"], 3]);
});

test("[P4] nobody types any more once the connection is gone", () => {
  signals.types("bob");
  signals.types("g-1", "carol");
  signals.types("g-1", "dave");
  signals.stop();
  expect([signals.typing("bob"), signals.typing("g-1")]).toEqual([[], []]);
});
