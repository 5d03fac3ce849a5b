// Views of a stream in a folder of their own, and what it costs to put entries into them. Runs the built program.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { Bugs } from "../../dist/projections/bugs.js";
import { projectAll } from "../../dist/projections/project.js";
import { viewsOf } from "../../dist/projections/registry.js";
import { ViewStore } from "../../dist/projections/store/store.js";

/** @param {number} batch Entries in one transaction. */
export async function costing(batch) {
  const log = pino({ level: "silent" });
  const bugs = new Bugs(log);
  const views = viewsOf("MAILBOX_0");
  const parts = { views, bugs, log };
  const dir = mkdtempSync(join(tmpdir(), "posthorn-cost-"));
  const store = await ViewStore.open({ dir, log });
  const { table } = store;
  let at = table.reset({ epoch: "cost", seq: 0, views: {} });
  let micros = 0;
  /** @type {any[]} */
  let gathered = [];
  const commit = () => {
    const before = process.cpuUsage();
    const entries = gathered;
    gathered = [];
    const last = entries.at(-1);
    if (last === undefined) return;
    at = table.commit(at, last.seq, (/** @type {any} */ rows) => projectAll(rows, entries, parts));
    const { user, system } = process.cpuUsage(before);
    micros += user + system;
  };
  return {
    table,
    /** @param {{ kind: string, owner: string, seq: number, at: number, raw: string }} entry */
    put(entry) {
      if (gathered.push(entry) >= batch) commit();
    },
    /** CPU from JSON text to the committed transaction, and the size of the file, of all so far. */
    spent() {
      commit();
      return { micros, bytes: statSync(join(dir, "data.mdb")).size };
    },
    async end() {
      await store.close();
      rmSync(dir, { recursive: true });
    },
  };
}
