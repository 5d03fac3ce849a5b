import { Farewell, type Hearer, type Save } from "./farewell.ts";

/** Tells the clients of one storage that a log-in has ended: in this page, and by the channel `name` in other tabs. */
export class Tabs {
  readonly #name: string;
  readonly #here = new Farewell();
  #channel: BroadcastChannel | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** Returns the end of the hearing. */
  hear(hearer: Hearer): () => void {
    const end = this.#here.hear(hearer);
    if (this.#channel === undefined && (this.#channel = this.#open()))
      this.#channel.onmessage = ({ data }: MessageEvent<string>) => this.#here.tell(data);
    return () => {
      end();
      if (this.#here.isHeard) return;
      this.#channel?.close();
      this.#channel = undefined;
    };
  }

  /** A save that made the storage forget is told to all who hear, wherever they are. */
  saved(save: Save): void {
    this.#here.saved(save);
    if (!save.forget) return;
    // A channel does not hear itself.
    const channel = this.#channel ?? this.#open();
    channel?.postMessage(save.meta?.ended ?? "");
    if (channel !== this.#channel) channel?.close();
  }

  /** Undefined: a browser of before 2022, or one that keeps no site data. Other tabs learn of it when they come to save. */
  #open(): BroadcastChannel | undefined {
    try {
      const { BroadcastChannel: Channel } = globalThis as Partial<typeof globalThis>;
      return Channel && new Channel(this.#name);
    } catch {
      return undefined;
    }
  }
}
