import { Requests } from "../../src/client/connection/requests.ts";
import { draw, type Bucket } from "../../src/gateway/session/limits.ts";
import { UNDER_WAY_PER_USER, WAITING_PER_USER } from "../../src/gateway/session/questions.ts";
import type { Question } from "../../src/protocol/frames/reply.ts";

const LIMITS = { questionsPerSecond: 20, questionsBurst: 40 };
const ANSWER_MS = 5;
const REPLY = { t: "reply", view: "status", seq: 1, result: {} } as const;

/** A gateway's counting of one user's questions, by the rules of the real one. */
export class Counting {
  readonly codes: string[] = [];
  readonly devices: Requests[] = [];
  answered = 0;
  #bucket: Bucket = 0;
  #asked = 0;

  device(): Requests {
    const { now } = Date;
    const send = (question: Question): boolean => {
      this.#hear(device, question);
      return true;
    };
    const device: Requests = new Requests({ send, limits: () => LIMITS, elapsed: now });
    this.devices.push(device);
    return device;
  }

  #hear(device: Requests, { ref = 0 }: Question): void {
    const { questionsPerSecond, questionsBurst } = LIMITS;
    const drawn = draw(this.#bucket, Date.now(), questionsPerSecond, questionsBurst);
    const isFull = this.#asked === UNDER_WAY_PER_USER + WAITING_PER_USER;
    if (drawn.retryAfterMs > 0 || isFull) {
      const code = isFull ? "limit.questions" : "rate_limited";
      const { retryAfterMs } = drawn;
      this.codes.push(code);
      device.refused({ t: "error", code, message: "", retryable: true, retryAfterMs, ref });
      return;
    }
    this.#bucket = drawn.bucket;
    this.#asked++;
    setTimeout(() => {
      this.#asked--;
      this.answered++;
      device.answered({ ...REPLY, ref } as never);
    }, ANSWER_MS);
  }
}
