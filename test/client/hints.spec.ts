import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Happening } from "../../src/client/connection/connection.ts";
import { hookUp } from "../../src/client/connection/hints.ts";

const machine = { onLine: true };
let [desk, page] = [new EventTarget(), Object.assign(new EventTarget(), { visibilityState: "" })];
beforeEach(() => {
  machine.onLine = true;
  [desk, page] = [new EventTarget(), Object.assign(new EventTarget(), { visibilityState: "" })];
  vi.stubGlobal("window", desk);
  vi.stubGlobal("document", page);
  vi.stubGlobal("navigator", machine);
});
afterEach(() => void vi.unstubAllGlobals());

/** Hints from now on, and their end. */
function hooked(): { hints: Happening[]; end: () => void } {
  const hints: Happening[] = [];
  return { hints, end: hookUp((hint) => hints.push(hint)) };
}
const looks = (visibilityState: string): void => {
  page.visibilityState = visibilityState;
  page.dispatchEvent(new Event("visibilitychange"));
};
const says = (hint: "online" | "offline"): void => {
  machine.onLine = hint === "online";
  desk.dispatchEvent(new Event(hint));
};

test("[C5] a page that is looked at again is a hint, and one that is left is none", () => {
  const { hints } = hooked();
  looks("hidden");
  expect(hints).toEqual([]);
  looks("visible");
  expect(hints).toEqual([{ type: "woken" }]);
});

test("[C5] a machine says whether it has a network: at once only where it has none", () => {
  expect(hooked().hints).toEqual([]);
  machine.onLine = false;
  const { hints } = hooked();
  says("online");
  says("offline");
  expect(hints).toEqual([false, true, false].map((there) => ({ type: "network", there })));
});

test("behind their end hints are heard no more, and where there is no page there are none", () => {
  const { hints, end } = hooked();
  end();
  says("offline");
  looks("visible");
  vi.stubGlobal("window", undefined);
  hooked().end();
  expect(hints).toEqual([]);
});
