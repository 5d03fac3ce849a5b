import type { ErrorFrame } from "../../protocol/frames/error.ts";
import type { Question, Reply } from "../../protocol/frames/reply.ts";
import { ChatError } from "../error.ts";
import type { Creditor } from "./parting.ts";

/**
 * The server answers or refuses within this, a busy view and a slow link included: a dead socket is
 * found earlier, by its silence.
 */
const ANSWER_MS = 60_000;

/** Before asking again, when the server does not say. */
const AGAIN_MS = 300;

/** All that a question says besides its type and its name. */
type Asked<V> = Omit<Extract<Question, { t: V }>, "t" | "ref" | "v">;
interface Asker {
  readonly question: Question;
  resolve(reply: Reply): void;
  reject(why: ChatError): void;
}

type AnswerTo<V> = Extract<Reply, { view: V }>;
const isAnswerTo = <V extends Reply["view"]>(view: V, reply: Reply): reply is AnswerTo<V> =>
  reply.view === view;

/** Questions to the views, each named by a `ref` of its own. */
export class Requests implements Creditor {
  readonly #send: (frame: Question) => boolean;
  readonly #waiting = new Map<unknown, Asker>();
  #refs = 0;

  constructor(send: (frame: Question) => boolean) {
    this.#send = send;
  }

  /** Questions that wait for an answer. */
  get open(): number {
    return this.#waiting.size;
  }

  /** @throws ChatError */
  ask<V extends Reply["view"]>(view: V, asked: Asked<V>): Promise<AnswerTo<V>> {
    const question = { ...asked, t: view, ref: ++this.#refs } as Extract<Question, { t: V }>;
    let tooLong: ReturnType<typeof setTimeout> | undefined;
    const answer = new Promise<AnswerTo<V>>((resolve, reject) => {
      const answered = (reply: Reply): void => {
        if (isAnswerTo(view, reply)) resolve(reply);
        else reject(new ChatError("internal", { retryable: true }));
      };
      this.#waiting.set(question.ref, { question, resolve: answered, reject });
      tooLong = setTimeout(() => reject(new ChatError("timeout", { retryable: true })), ANSWER_MS);
      if (!this.#send(question)) reject(new ChatError("connection.lost", { retryable: true }));
    });
    return answer.finally(() => {
      clearTimeout(tooLong);
      this.#waiting.delete(question.ref);
    });
  }

  answered(reply: Reply): void {
    this.#waiting.get(reply.ref)?.resolve(reply);
  }

  /** Was it one of these that the server has refused? A question that may succeed later is asked again. */
  refused(refusal: ErrorFrame): boolean {
    const { ref, code, retryable, message, retryAfterMs = AGAIN_MS } = refusal;
    const asker = this.#waiting.get(ref);
    if (asker === undefined) return false;
    if (retryable) setTimeout(() => this.#repeat(asker), retryAfterMs);
    else asker.reject(new ChatError(code, { retryable: false, message }));
    return true;
  }

  moved(again: boolean): void {
    if (again) this.left();
  }
  get isOwed(): boolean {
    return this.open > 0;
  }
  /** All is asked again: an answer twice does no harm. */
  left(): void {
    for (const asker of this.#waiting.values()) this.#repeat(asker);
  }

  /** The connection is gone, and the answers with it. */
  stop(): void {
    for (const { reject } of this.#waiting.values())
      reject(new ChatError("connection.lost", { retryable: true }));
  }

  #repeat({ question }: Asker): void {
    if (this.#waiting.has(question.ref)) this.#send(question);
  }
}
