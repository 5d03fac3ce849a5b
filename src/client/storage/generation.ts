import { randomName } from "../randomname.ts";

/**
 * The name of one life of a storage, in each of its tables. A storage that somebody clears, or puts
 * back in part, is recognised by tables that do not agree, or that are not of the life they were of.
 */
export type Generation = string;

/**
 * A save found other states than its client has written: the storage was cleared, or another client
 * has begun it anew. Nothing was saved. The client saves all that it has, its outbox included; the
 * same storage takes it.
 */
export class StorageLostError extends Error {
  override readonly name = "StorageLostError";

  constructor() {
    super("the storage was cleared");
  }
}

/** Tables that do not agree. No random name is like it. */
const MIXED = "mixed";

/** The life that all tables name; undefined: a new storage. */
function agreed(tables: readonly (Generation | undefined)[]): Generation | undefined {
  const [first] = tables;
  return tables.every((each) => each === first) ? first : MIXED;
}

/** The work of a save: write under `generation`, after clearing the chats where `clear` says so. */
export interface Admission {
  readonly generation: Generation;
  readonly clear: boolean;
}

/** One client's knowledge of its storage's life. */
export class Life {
  #known: Generation | undefined;

  /** The tables were read. Returns whether their contents may be used. */
  loaded(tables: readonly (Generation | undefined)[]): boolean {
    this.#known = agreed(tables);
    return this.#known !== MIXED;
  }

  /**
   * Judges a save by the tables as they are now. `reset`: the save replaces all chats, and no outbox. `forget`: it
   * begins another life, so that every other client that comes to save finds the one it knows lost.
   * @throws StorageLostError once for each loss.
   */
  admit(
    tables: readonly (Generation | undefined)[],
    { reset = false, forget = false }: { reset?: boolean; forget?: boolean },
  ): Admission {
    if (forget) return { generation: randomName(), clear: true };
    return this.#admit(agreed(tables), reset);
  }

  #admit(stored: Generation | undefined, reset: boolean): Admission {
    // Tables that did not agree were read as empty: what is saved now is all there is.
    const wasMixed = this.#known === MIXED;
    // Of a new storage nothing can be lost: whichever client is first begins it for all.
    const isNew = this.#known === undefined && stored !== MIXED;
    if (stored !== this.#known && !wasMixed && !isNew) {
      this.#known = stored;
      throw new StorageLostError();
    }
    const clear = reset || wasMixed;
    const generation = wasMixed || stored === undefined ? randomName() : stored;
    return { generation, clear };
  }

  /** The save has succeeded. */
  saved(generation: Generation): void {
    this.#known = generation;
  }
}
