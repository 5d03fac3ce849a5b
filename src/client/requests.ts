import type { ClientFrame, ServerFrame } from "../events/frames.ts";
import { ChatError } from "./error.ts";

/** The server answers or refuses within this, a busy view included. */
const ANSWER_MS = 15_000;

type Question = Extract<ClientFrame, { t: "chats" | "history" | "status" }>;
type Answer = Pick<Extract<ServerFrame, { t: "reply" }>, "seq" | "result">;
interface Asker {
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
  ask(question: Question): Promise<Answer> {
    const ref = ++this.#refs;
    let tooLong: ReturnType<typeof setTimeout> | undefined;
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(ref, { resolve, reject });
      tooLong = setTimeout(() => reject(new ChatError("timeout", true)), ANSWER_MS);
      if (!this.#send({ ...question, ref })) reject(new ChatError("connection.lost", true));
    });
    return answer.finally(() => {
      clearTimeout(tooLong);
      this.#waiting.delete(ref);
    });
  }

  answered({ ref, seq, result }: Extract<ServerFrame, { t: "reply" }>): void {
    this.#waiting.get(ref)?.resolve({ seq, result });
  }

  /** Was it one of these that the server has refused? */
  refused({ ref, code, retryable, message }: Extract<ServerFrame, { t: "error" }>): boolean {
    const asker = this.#waiting.get(ref);
    asker?.reject(new ChatError(code, retryable, message));
    return asker !== undefined;
  }

  /** The socket is gone, and the answers with it. */
  stop(): void {
    for (const asker of this.#waiting.values())
      asker.reject(new ChatError("connection.lost", true));
  }
}
