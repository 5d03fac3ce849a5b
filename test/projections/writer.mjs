// A process that writes views without end until it is killed: writer.mjs <dir>. Says each seq it
// has committed. Run with tsx, as a process of its own, because it is meant to die.
import { writeSync } from "node:fs";
import { pino } from "pino";
import { open } from "../../src/events/entry.ts";
import { project } from "../../src/projections/project.ts";
import { VIEWS } from "../../src/projections/registry.ts";
import { ViewStore } from "../../src/projections/store/store.ts";
import { entry } from "./traffic.mjs";

const BATCH = 7;
const store = await ViewStore.open({ dir: process.argv[2] ?? "", log: pino({ level: "silent" }) });
const table = store.table;
let at = table.checkpoint() ?? table.reset({ epoch: "first", seq: 0, views: {} });
for (;;) {
  const from = at.seq;
  at = table.commit(at, from + BATCH, (rows) => {
    for (let seq = from + 1; seq <= from + BATCH; seq++) project(rows, open(entry(seq)), VIEWS);
  });
  writeSync(1, `${at.seq}\n`);
}
