import { countAlike } from "../storage/bookmark.ts";
import type { OutboxEntry, Shown } from "./entry.ts";
import type { Held } from "./turns.ts";

interface Ports {
  read(peer: string, after: OutboxEntry["after"]): Promise<readonly Shown[]>;
  /** The chat of this entry was read from where it was written. */
  seen(held: Held, shown: readonly Shown[]): void;
  /** The chat could not be read. */
  again(): void;
  /** Another chat may be read. */
  done(): void;
}

/**
 * Reads a chat for entries whose event may have passed unseen, from the lowest cursor of theirs. One
 * chat at a time: the views have others to serve.
 */
export class Look {
  readonly #ports: Ports;
  #looking = false;
  #round = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Looks for `held`, and for the others of its chat that are as doubtful. */
  at(held: Held, all: readonly Held[]): void {
    if (this.#looking) return;
    this.#looking = true;
    const { to } = held.entry;
    const doubtful = all.filter(
      (each) => each === held || (each.entry.to === to && (each.unsure || each.taken)),
    );
    // Nothing of this chat goes out meanwhile.
    held.state = "underWay";
    void this.#read(to, held, doubtful);
  }

  /** The socket is gone, and the answer with it. */
  stop(): void {
    this.#round++;
    this.#looking = false;
  }

  async #read(peer: string, first: Held, doubtful: readonly Held[]): Promise<void> {
    const round = this.#round;
    const after = lowest(doubtful.map(({ entry }) => entry.after));
    // A failure says nothing of the entries: the chat is read again.
    const shown = await this.#ports.read(peer, after).catch(() => undefined);
    if (round !== this.#round) return;
    this.#looking = false;
    first.state = "waiting";
    if (shown === undefined) this.#ports.again();
    else for (const held of doubtful) this.#ports.seen(held, shown);
    this.#ports.done();
  }
}

/** The lowest of several places; undefined, the beginning, if one of them is not known or differs. */
function lowest(places: readonly OutboxEntry["after"][]): OutboxEntry["after"] {
  return places.reduce((a, b) => {
    if (a === undefined || b === undefined || !countAlike(a, b)) return undefined;
    return a.seq <= b.seq ? a : b;
  });
}
