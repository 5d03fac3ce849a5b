import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { Handouts } from "../../src/projections/handouts.ts";
import { ViewStore } from "../../src/projections/store/store.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";
import { beginning } from "./support.ts";

test("[V12] copies for peers are few at a time, and go when nobody asks for them", async () => {
  const dir = join(folder(), "handouts");
  mkdirSync(join(dir, "left by another process"), { recursive: true });
  const handouts = new Handouts(dir, silent);
  expect(existsSync(dir)).toBe(false);
  const store = await ViewStore.open({ dir: folder(), log: silent });
  onTestFinished(() => store.close());
  store.table.reset(beginning("e"));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());

  const begun = ["a", "b", "c", "d", "e", "a"].map((id) => handouts.begin(id, store));
  expect(begun).toEqual([true, true, true, true, false, true]);
  while (handouts.state("a").is === "making") await new Promise((done) => setImmediate(done));
  const state = handouts.state("a");
  expect(state).toMatchObject({ is: "whole" });
  expect(await handouts.part("a", 0)).toHaveLength(state.is === "whole" ? state.bytes : 0);
  expect(await handouts.part("a", 1e9)).toHaveLength(0);
  expect(await handouts.part("e", 0)).toHaveLength(0);

  await vi.advanceTimersByTimeAsync(20_000);
  expect(handouts.state("a").is).toBe("whole");
  await vi.advanceTimersByTimeAsync(20_000);
  expect(["a", "b"].map((id) => handouts.state(id).is)).toEqual(["whole", "gone"]);
  expect(existsSync(join(dir, "b"))).toBe(false);
  expect(handouts.begin("e", store)).toBe(true);
  handouts.stop();
  expect(handouts.state("a").is).toBe("gone");
});
