import type { ClientFrame, ServerFrame } from "../../protocol/frames.ts";
import { ChatError } from "../error.ts";

/** The server answers or refuses within this, a busy view included. */
const ANSWER_MS = 15_000;

/** Before asking again, when the server does not say. */
const AGAIN_MS = 300;

type Question = Extract<ClientFrame, { t: "chats" | "history" | "status" }>;
type Answer = Pick<Extract<ServerFrame, { t: "reply" }>, "seq" | "result">;
interface Asker {
  readonly question: Question;
  resolve(answer: Answer): void;
  reject(why: ChatError): void;
}

/** Questions to the views, each named by a `ref` of its own. */
export class Requests {
  readonly #send: (frame: Question) => boolean;
  readonly #waiting = new Map<unknown, Asker>();
  #refs = 0;

  constructor(send: (frame: Question) => boolean) {
    this.#send = send;
  }

  /** @throws ChatError */
  ask(asked: Question): Promise<Answer> {
    const question = { ...asked, ref: ++this.#refs };
    let tooLong: ReturnType<typeof setTimeout> | undefined;
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(question.ref, { question, resolve, reject });
      tooLong = setTimeout(() => reject(new ChatError("timeout", true)), ANSWER_MS);
      if (!this.#send(question)) reject(new ChatError("connection.lost", true));
    });
    return answer.finally(() => {
      clearTimeout(tooLong);
      this.#waiting.delete(question.ref);
    });
  }

  answered({ ref, seq, result }: Extract<ServerFrame, { t: "reply" }>): void {
    this.#waiting.get(ref)?.resolve({ seq, result });
  }

  /** Was it one of these that the server has refused? What may succeed later is asked again. */
  refused(refusal: Extract<ServerFrame, { t: "error" }>): boolean {
    const { ref, code, retryable, message, retryAfterMs = AGAIN_MS } = refusal;
    const asker = this.#waiting.get(ref);
    if (asker === undefined) return false;
    if (retryable) setTimeout(() => this.#repeat(asker), retryAfterMs);
    else asker.reject(new ChatError(code, false, message));
    return true;
  }

  /** The socket is gone, and the answers with it. */
  stop(): void {
    for (const { reject } of this.#waiting.values()) reject(new ChatError("connection.lost", true));
  }

  #repeat({ question }: Asker): void {
    if (this.#waiting.has(question.ref)) this.#send(question);
  }
}
