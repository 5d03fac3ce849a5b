/**
 * Fewer go out one by one, and no more than these before they are answered. Measured with
 * nats-server 2.15.1: eight alone take as long as one batch, which costs four flushes whatever is in it.
 */
const BATCH_MIN = 8;
/** More in one batch save nothing; nats-server takes 1,000. */
const BATCH_MAX = 256;
/** Of the payloads of a batch, each of which is written twice: beyond it the disk is what takes the time. */
const BATCH_BYTES_MAX = 256 * 1024;

/** The traffic to one stream. */
interface Traffic {
  readonly waiting: number;
  /** Gone out one by one, and not answered yet. */
  readonly alone: number;
  /** A batch has gone out, and is not answered yet. */
  readonly batch: boolean;
}

/** How many of those that wait go out now: each alone, or all of them as one batch. */
interface Departure {
  readonly count: number;
  readonly together: boolean;
}

/**
 * The rule of a group commit: what comes while a batch is under way waits for the answer, and then
 * goes as one. The slower the disk, the more one flush is for.
 */
export function departure({ waiting, alone, batch }: Traffic): Departure {
  if (batch) return { count: 0, together: false };
  if (waiting >= BATCH_MIN) return { count: Math.min(waiting, BATCH_MAX), together: true };
  return { count: Math.min(waiting, BATCH_MIN - alone), together: false };
}

/** How many of the first have room in one batch; at least one. */
export function fitting(bytes: readonly number[]): number {
  let sum = 0;
  const over = bytes.findIndex((each) => (sum += each) > BATCH_BYTES_MAX);
  return over < 0 ? bytes.length : Math.max(1, over);
}

/** The seq of entry `i`, from 0, of a batch of `n`: the answer names that of the last, and nothing comes between. */
export const seqIn = (answer: number, n: number, i: number): number => answer - n + 1 + i;

/** The headers that make publication `i`, from 0, of `n` a part of batch `id`, a line each (NATS ADR-50); the last commits it. */
export const batchHeaders = (id: string, n: number, i: number): string =>
  `Nats-Batch-Id: ${id}\r\nNats-Batch-Sequence: ${i + 1}\r\n` +
  (i === n - 1 ? "Nats-Batch-Commit: 1\r\n" : "");
