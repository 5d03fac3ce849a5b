import type { Logger } from "pino";

/** Two crystals differ by some 50 ppm: 3 ms in this time. */
const READ_MS = 60_000;

/**
 * The time by the broker's clock, which entries are stamped with: read now and then, and carried on
 * by a clock of this host that only counts. The ages of entries are differences of one clock's
 * readings, whatever the host's own date is.
 */
export class BrokerClock {
  readonly #read: () => Promise<number>;
  readonly #elapsed: () => number;
  readonly #log: Logger;
  #offset = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param elapsed ms since any moment; it never goes back. */
  constructor(read: () => Promise<number>, elapsed: () => number, log: Logger) {
    this.#read = read;
    this.#elapsed = elapsed;
    this.#log = log;
  }

  /** @throws Error when the broker does not answer. */
  async start(): Promise<void> {
    await this.#set();
    this.#timer = setInterval(() => {
      this.#set().catch((error: unknown) =>
        this.#log.debug({ error }, "the broker's time not read; the last reading is carried on"),
      );
    }, READ_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** ms since 1970. */
  now(): number {
    return this.#offset + this.#elapsed();
  }

  async #set(): Promise<void> {
    const asked = this.#elapsed();
    const at = await this.#read();
    this.#offset = at - (asked + this.#elapsed()) / 2;
  }
}
