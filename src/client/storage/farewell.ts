/** Hears which log-in has ended, by its name. */
export type Hearer = (ended: string) => void;

/** The part of a save that says farewell. */
export interface Save {
  readonly forget?: boolean;
  readonly meta?: { readonly ended?: string };
}

/** Tells the clients of one storage that a log-in has ended: those of this page or process. */
export class Farewell {
  readonly #hearers = new Set<Hearer>();

  /** Returns the end of the hearing. */
  hear(hearer: Hearer): () => void {
    this.#hearers.add(hearer);
    return () => void this.#hearers.delete(hearer);
  }
  get isHeard(): boolean {
    return this.#hearers.size > 0;
  }

  /** A save that made the storage forget is told to all who hear. */
  saved({ forget, meta }: Save): void {
    if (forget) this.tell(meta?.ended ?? "");
  }
  tell(ended: string): void {
    for (const hearer of this.#hearers) hearer(ended);
  }
}
