import { open, type Entry } from "../events/entry.ts";
import { project } from "../projections/project.ts";
import { VIEWS } from "../projections/registry.ts";
import type { Query, ViewReply } from "../protocol/internal/query.ts";
import { MemoryRows } from "./memoryrows.ts";

interface Options {
  /** ms since 1970. */
  now(): number;
  readonly onlineMs: number;
}

/** Every view of the server over rows in memory, always up to date. */
export class MemoryViews {
  readonly #rows = new MemoryRows();
  readonly #options: Options;
  #seq = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  take(entry: Entry): void {
    project(this.#rows, open(entry), VIEWS);
    this.#seq = entry.seq;
  }

  answer(query: Query): ViewReply {
    const { now, onlineMs } = this.#options;
    if (this.#seq < query.atLeast) return { error: "view.behind" };
    const view = VIEWS.find(({ name }) => name === query.view);
    const result = view?.answer?.(this.#rows, query, { now: now(), onlineMs });
    return result === undefined ? { error: "not_found" } : { seq: this.#seq, result };
  }
}
