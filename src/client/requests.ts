import type { ClientFrame, ServerFrame } from "../events/frames.ts";
import { ChatError } from "./error.ts";

/** The server answers or fails within this; a busy view included. */
const ANSWER_MS = 15_000;
const BEHIND_TRIES = 5;
const BEHIND_MS = 200;

type Question = Extract<ClientFrame, { t: "chats" | "history" | "status" }>;
type Answer = Pick<Extract<ServerFrame, { t: "reply" }>, "seq" | "result">;

/** Questions to the views, each named by a `ref` of its own. */
export function createRequests(send: (frame: Question) => boolean) {
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(why: ChatError): void }>();
  let refs = 0;

  async function once(question: Question): Promise<Answer> {
    const ref = ++refs;
    let tooLong: ReturnType<typeof setTimeout> | undefined;
    const answer = new Promise<Answer>((resolve, reject) => {
      waiting.set(ref, { resolve, reject });
      tooLong = setTimeout(() => reject(new ChatError("timeout", true)), ANSWER_MS);
      if (!send({ ...question, ref })) reject(new ChatError("connection.lost", true));
    });
    return answer.finally(() => {
      clearTimeout(tooLong);
      waiting.delete(ref);
    });
  }

  return {
    /** @throws ChatError */
    async ask(question: Question): Promise<Answer> {
      for (let tries = 1; ; tries++) {
        try {
          return await once(question);
        } catch (error) {
          const behind = error instanceof ChatError && error.code === "view.behind";
          if (!behind || tries === BEHIND_TRIES) throw error;
          await new Promise((resolve) => setTimeout(resolve, tries * BEHIND_MS));
        }
      }
    },
    answered: ({ ref, seq, result }: Extract<ServerFrame, { t: "reply" }>): void =>
      waiting.get(Number(ref))?.resolve({ seq, result }),
    /** Was it a question's? */
    refused({ ref, code, retryable, message }: Extract<ServerFrame, { t: "error" }>): boolean {
      const question = waiting.get(Number(ref));
      question?.reject(new ChatError(code, retryable, message));
      return question !== undefined;
    },
    /** The socket is gone, and the answers with it. */
    stop(code: "connection.lost" | "connection.closed"): void {
      for (const { reject } of waiting.values()) reject(new ChatError(code, code === "connection.lost"));
    },
  };
}
