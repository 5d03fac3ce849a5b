import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { reason } from "../connection.ts";
import { seqOf } from "../publish/publication.ts";
import { VIOLATION } from "../rights.ts";

/** An exchange with the broker that could not go on; the message is the one sentence for the operator. */
export class ExchangeError extends Error {
  override readonly name = "ExchangeError";
  /** The number of what the broker refuses, in its own list. */
  readonly code: number | undefined;

  constructor(message: string, code?: number) {
    super(message);
    this.code = code;
  }
}

/** An entry is stored, or a stream changed, within this, also where each is flushed by three servers. */
const STORE_MS = 30_000;

/** The number and the words of the broker about something that it will not do. */
const Refusal = /"error":\s*\{(?:[^}]*"err_code":\s*(\d+))?[^}]*"description":\s*"([^"]*)"/;

/**
 * A conversation with the broker over many messages. It does not outlive the connection, as its other end
 * would not, nor a right that is missing.
 */
export class Exchange {
  readonly nc: NatsConnection;
  /** Why it cannot go on. */
  #broken: ExchangeError | undefined;
  /** Those who wait: each for one thing at a time. */
  readonly #waiting = new Set<(error: ExchangeError) => void>();

  constructor(nc: NatsConnection) {
    this.nc = nc;
    this.#watch().catch((error: unknown) => this.#breaks(new ExchangeError(reason(error))));
  }

  async #watch(): Promise<void> {
    for await (const status of this.nc.status()) {
      if (status.type === "disconnect")
        this.#breaks(new ExchangeError("the connection to the broker was lost in the middle"));
      if (status.type === "error") {
        const worded = inWords(status.error);
        if (worded instanceof ExchangeError) this.#breaks(worded);
      }
    }
    this.#breaks(new ExchangeError("the connection to the broker was closed in the middle"));
  }

  #breaks(error: ExchangeError): void {
    this.#broken ??= error;
    for (const reject of this.#waiting) reject(this.#broken);
  }

  /** Waits for something, at most so long. @throws ExchangeError; what `coming` is rejected with. */
  async wait<T>(coming: Promise<T>, ms: number, what: string): Promise<T> {
    if (this.#broken !== undefined) throw this.#broken;
    const late = new ExchangeError(`${what}: the broker has said nothing for ${ms / 1_000} s`);
    let reject: (error: ExchangeError) => void = () => undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<T>((resolve, rejected) => {
        reject = rejected;
        this.#waiting.add(reject);
        timer = setTimeout(() => rejected(late), ms);
        coming.then(resolve, rejected);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(reject);
    }
  }

  /** Asks for something. @throws ExchangeError when it is refused, or not answered for so long. */
  async ask(subject: string, question: Uint8Array | string, ms: number): Promise<string> {
    let answer: Msg;
    try {
      const asked = this.nc.request(subject, question, { timeout: ms + 1_000 });
      answer = await this.wait(asked, ms, subject);
    } catch (error) {
      const worded = inWords(error);
      if (worded instanceof ExchangeError) throw worded;
      throw new ExchangeError(`${subject}: ${reason(error)}`);
    }
    const text = answer.string();
    const [, code, refusal] = Refusal.exec(text) ?? [];
    if (refusal !== undefined)
      throw new ExchangeError(`the broker refuses: ${refusal}`, Number(code));
    return text;
  }

  /** Stores an entry. Returns its seq. @throws ExchangeError when the broker does not. */
  async store(subject: string, text: string): Promise<number> {
    const seq = seqOf(await this.ask(subject, text, STORE_MS));
    if (seq === undefined) throw new ExchangeError(`the broker did not store ${subject}`);
    return seq;
  }
}

/** The error with the words for an operator, where a right is missing. */
export function inWords(error: unknown): unknown {
  const [, what, subject] = VIOLATION.exec(reason(error)) ?? [];
  if (what === undefined) return error;
  const act = what.toLowerCase() === "publish" ? "publish to" : "subscribe to";
  return new ExchangeError(
    `the broker does not permit this user to ${act} ${subject}: this needs the rights of \`admin\` in docker/nats.conf`,
  );
}
