import type { Copy, Fact } from "../events/event.ts";
import { reason } from "./connection.ts";
import { UnavailableError, type Publisher } from "./publisher.ts";
import type { Logger } from "pino";

type Event = Fact | Copy;

interface Item {
  subject: string;
  event: Event;
  id: string | undefined;
  /** It has been handed to the publisher and is no longer changed. */
  underWay: boolean;
  waiters: { resolve(seq: number): void; reject(error: unknown): void }[];
}

/**
 * Lanes: what goes from one place to another goes in order, the next when the one before is stored.
 * A receipt that waits behind the one in flight takes up the next: watermarks only rise.
 */
export class Lanes {
  readonly #publisher: Publisher;
  readonly #log: Logger;
  readonly #lanes = new Map<string, Item[]>();
  /** Repeat for ever (an actor must not skip a copy) or give up after the publisher's minute. */
  readonly #persistent: boolean;
  #closed = false;

  constructor(publisher: Publisher, log: Logger, persistent: boolean) {
    this.#publisher = publisher;
    this.#log = log;
    this.#persistent = persistent;
  }

  /** Resolves with the seq once stored, in the order of the calls on this lane. */
  put(lane: string, subject: string, event: Event, id?: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      const queue = this.#lanes.get(lane);
      if (queue === undefined) {
        this.#lanes.set(lane, [{ subject, event, id, underWay: false, waiters: [waiter] }]);
        void this.#run(lane);
      } else if (!collapse(queue, event, id, waiter)) {
        queue.push({ subject, event, id, underWay: false, waiters: [waiter] });
      }
    });
  }

  /** No more repeats: what is not stored now is left to the next start. */
  close(): void {
    this.#closed = true;
  }

  /** Waits until every lane is empty, at most `ms`. */
  async settle(ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    while (this.#lanes.size > 0 && performance.now() < deadline)
      await new Promise((done) => setTimeout(done, 10));
  }

  async #run(lane: string): Promise<void> {
    const queue = this.#lanes.get(lane) ?? [];
    // Both receipts of one tick become one event.
    if (queue[0]?.event.type === "ReceiptAdvanced") await new Promise(setImmediate);
    try {
      for (let item = queue[0]; item !== undefined; item = queue[0]) {
        const seq = await this.#store(item);
        for (const { resolve } of item.waiters) resolve(seq);
        queue.shift();
      }
    } catch (error) {
      // What is behind it may not overtake it: all of the lane fails, and may be tried again.
      for (const { reject } of queue.flatMap(({ waiters }) => waiters)) reject(error);
    }
    this.#lanes.delete(lane);
  }

  async #store(item: Item): Promise<number> {
    item.underWay = true;
    const payload = JSON.stringify(item.event);
    for (;;) {
      try {
        return await this.#publisher.publish(item.subject, payload, item.id);
      } catch (error) {
        if (!this.#persistent || this.#closed || !(error instanceof UnavailableError)) throw error;
        this.#log.error({ reason: reason(error) }, "copy not stored yet");
        await new Promise((done) => setTimeout(done, 1_000));
      }
    }
  }
}

/** Takes a receipt up into one that waits at the end of the queue. */
function collapse(
  queue: Item[],
  event: Event,
  id: string | undefined,
  waiter: Item["waiters"][number],
): boolean {
  const last = queue.at(-1);
  if (last === undefined || last.underWay) return false;
  const waiting = last.event;
  if (waiting.type !== "ReceiptAdvanced" || event.type !== "ReceiptAdvanced") return false;
  last.event = {
    ...event,
    delivered: Math.max(waiting.delivered, event.delivered),
    read: Math.max(waiting.read, event.read),
  };
  last.id = id;
  last.waiters.push(waiter);
  return true;
}
