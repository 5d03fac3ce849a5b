/** Hears which log-in has ended, by its name. */
type Hearer = (ended: string) => void;

/** The part of a save that says farewell. */
interface Save {
  readonly forget?: boolean;
  readonly meta?: { readonly ended?: string };
}

/** Tells the clients of one storage that a log-in has ended: in this page, and by the channel `name` in other tabs. */
export class Farewell {
  readonly #name: string | undefined;
  readonly #hearers = new Set<Hearer>();
  #channel: BroadcastChannel | undefined;

  constructor(name?: string) {
    this.#name = name;
  }

  /** Returns the end of the hearing. */
  hear(hearer: Hearer): () => void {
    this.#hearers.add(hearer);
    if (this.#channel === undefined && (this.#channel = this.#open()))
      this.#channel.onmessage = ({ data }: MessageEvent<string>) => this.#tell(data);
    return () => {
      this.#hearers.delete(hearer);
      if (this.#hearers.size > 0) return;
      this.#channel?.close();
      this.#channel = undefined;
    };
  }

  /** A save that made the storage forget is told to all who hear, wherever they are. */
  saved({ forget, meta }: Save): void {
    if (forget) this.#say(meta?.ended ?? "");
  }

  #say(ended: string): void {
    this.#tell(ended);
    // A channel does not hear itself.
    const channel = this.#channel ?? this.#open();
    channel?.postMessage(ended);
    if (channel !== this.#channel) channel?.close();
  }

  /** Undefined: a browser of before 2022, whose other tabs learn of it when they come to save. */
  #open(): BroadcastChannel | undefined {
    const { BroadcastChannel: Channel } = globalThis as Partial<typeof globalThis>;
    return this.#name === undefined || Channel === undefined ? undefined : new Channel(this.#name);
  }

  #tell(ended: string): void {
    for (const hearer of this.#hearers) hearer(ended);
  }
}
