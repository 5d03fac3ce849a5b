import type { ErrorFrame } from "../../protocol/frames/error.ts";
import type { Limits } from "../../protocol/frames/hello.ts";
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

/** Questions under way at a time: the server takes 20 of a user, over all devices, and cuts off who asks for more. */
const AT_ONCE = 4;
/** So much of what the server takes of a user: its clock is another one. */
const SHARE = 0.8;

/** Behind a refusal for being too fast nothing is asked for so long: many of them in a row end the socket. */
const PAUSE_MS = 2_000;

const NONE = { questionsPerSecond: Infinity, questionsBurst: 0 };

interface Ports {
  /** False: there is no connection. */
  send(frame: Question): boolean;
  limits(): Pick<Limits, "questionsPerSecond" | "questionsBurst"> | undefined;
  /** ms, monotonic. */
  elapsed(): number;
}

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

/** Questions to the views, each named by a `ref` of its own: a few at a time, and no faster than the server takes them. */
export class Requests implements Creditor {
  readonly #ports: Ports;
  /** All that have no answer yet … */
  readonly #waiting = new Map<unknown, Asker>();
  /** … and those of them that have not gone out. */
  #unsaid: Asker[] = [];
  /** Until when what has gone out is paid for; ms by `elapsed`. */
  #due = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #refs = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
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
      const asker = { question, resolve: answered, reject };
      this.#waiting.set(question.ref, asker);
      this.#unsaid.push(asker);
      tooLong = setTimeout(
        () => reject(new ChatError("answer.late", { retryable: true })),
        ANSWER_MS,
      );
      this.#next();
    });
    return answer.finally(() => {
      clearTimeout(tooLong);
      this.#waiting.delete(question.ref);
      this.#unsaid = this.#unsaid.filter((asker) => asker.question !== question);
      this.#next();
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
    // Other devices have asked, too.
    if (code === "rate_limited" || code === "limit.questions")
      this.#due = this.#ports.elapsed() + Math.max(PAUSE_MS, retryAfterMs);
    if (retryable) setTimeout(() => this.#again(asker), retryAfterMs);
    else asker.reject(new ChatError(code, { retryable: false, message }));
    return true;
  }

  moved(again: boolean): void {
    if (again) this.left();
  }
  get isOwed(): boolean {
    return this.#waiting.size > 0;
  }
  /** All is asked again: an answer twice does no harm. */
  left(): void {
    for (const asker of this.#waiting.values())
      if (!this.#unsaid.includes(asker)) this.#ports.send(asker.question);
  }

  /** The connection is gone, and the answers with it. */
  stop(): void {
    for (const { reject } of this.#waiting.values())
      reject(new ChatError("connection.lost", { retryable: true }));
  }

  #next(): void {
    clearTimeout(this.#timer);
    while (this.#unsaid.length > 0 && this.#waiting.size - this.#unsaid.length < AT_ONCE) {
      const { send, limits, elapsed } = this.#ports;
      const { questionsPerSecond, questionsBurst } = limits() ?? NONE;
      const [each, now] = [1_000 / (SHARE * questionsPerSecond), elapsed()];
      const due = Math.max(this.#due, now - (SHARE * questionsBurst - 1) * each);
      if (due > now) return void (this.#timer = setTimeout(() => this.#next(), due - now));
      this.#due = due + each;
      const asker = this.#unsaid.shift();
      if (asker && !send(asker.question))
        asker.reject(new ChatError("connection.lost", { retryable: true }));
    }
  }

  #again(asker: Asker): void {
    if (!this.#waiting.has(asker.question.ref)) return;
    this.#unsaid.unshift(asker);
    this.#next();
  }
}
