import type { Link } from "../connection/link.ts";
import { ChatError } from "../error.ts";
import type { Askers } from "../groups/askers.ts";
import type { Entries } from "../outbox/entries.ts";
import { UNNAMED } from "../outbox/entry.ts";
import { randomName } from "../randomname.ts";
import type { Disk } from "./disk.ts";
import type { Local } from "./local.ts";
import { newMeta } from "./ownmeta.ts";

/** Why a client is closed whose person has logged out in another tab. */
const ENDED = "login.ended";

interface Ports {
  local: Local;
  entries: Entries;
  link: Link;
  asks: Askers;
  /** Nothing of what was loaded is there any more. */
  left(): void;
}

/** The end of a log-in: here, in the storage, and in all other clients that share it. */
export class Logout {
  readonly #ports: Ports;
  #unhear: (() => void) | undefined;
  /** The emptying of the storage, while it is under way: this client holds no log-in then. */
  #forgetting: ReturnType<Disk["save"]> | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** The client is used: from now on it hears of the end that another one makes. */
  open(): void {
    const { local } = this.#ports;
    local.open();
    this.#unhear ??= local.disk.onForgotten((ended) => {
      if (this.#forgetting === undefined && local.isOf(ended)) this.end();
    });
  }
  /** @throws ChatError `storage.failed`: what is there could not be removed. */
  async close(forget: boolean): Promise<void> {
    const { link, local } = this.#ports;
    link.stop();
    this.#unhear?.();
    this.#unhear = undefined;
    try {
      if (forget) await this.#forget();
    } finally {
      await local.close();
    }
  }
  /** Resolves when a storage that is being emptied is empty. */
  async settled(): Promise<void> {
    await this.#forgetting;
  }

  /** The log-in was ended elsewhere. */
  end(): void {
    this.#ports.link.stop(ENDED);
    this.#leave();
  }

  async #forget(): Promise<void> {
    const { login } = this.#ports.local.meta;
    this.#leave();
    const saved = await (this.#forgetting ??= this.#empty(login));
    this.#forgetting = undefined;
    if (saved !== "kept") throw new ChatError("storage.failed", { retryable: true });
  }

  async #empty(login: string): ReturnType<Disk["save"]> {
    const { disk, saving } = this.#ports.local;
    // A write under way is of the log-in that ends: it comes first.
    await saving.settled();
    // Its name may not have been read yet; undefined: it has none.
    const ended = login === UNNAMED ? (await disk.load())?.meta?.login : login;
    const meta = { ...newMeta(), login: randomName(), ...(ended && { ended }) };
    return disk.save({ forget: true, meta });
  }

  #leave(): void {
    const { local, entries, asks, left } = this.#ports;
    entries.clear();
    local.leave();
    asks.clear();
    left();
  }
}
