import { statSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import type { Entry } from "../../src/events/entry.ts";
import { Bugs } from "../../src/projections/bugs.ts";
import { projectAll } from "../../src/projections/project.ts";
import { viewsOf } from "../../src/projections/registry.ts";
import { fileIn, ViewStore } from "../../src/projections/store/store.ts";
import { folder } from "../support/folder.ts";
import { silent } from "../support/silent.ts";
import { lifecycle } from "./lifecycle.mjs";
import { beginning, views } from "./support.ts";

const MESSAGES = 2_000;
const EACH = 250;

test("a message of 120 bytes and its receipts take at most 600 bytes of the views, among people with five peers each", async () => {
  const dir = folder();
  const store = await ViewStore.open({ dir, log: silent });
  onTestFinished(() => store.close());
  const parts = { views: viewsOf("MAILBOX_0"), bugs: new Bugs(silent) };
  let at = store.table.reset(beginning(""));
  for (let n = 0; n < MESSAGES; n += EACH) {
    const entries: Entry[] = [];
    for (let i = n; i < n + EACH; i++) entries.push(...lifecycle(i, { peers: 5, users: 8 }));
    const last = entries.at(-1)?.seq ?? 0;
    at = store.table.commit(at, last, (rows) => projectAll(rows, entries, parts));
  }
  expect(views(store.table, "user-0").history("user-1").messages.length).toBeGreaterThan(0);
  expect(statSync(fileIn(dir)).size / MESSAGES).toBeLessThanOrEqual(600);
});
