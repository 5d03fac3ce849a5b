import type { Logger } from "pino";
import type { Views } from "../gateway/ports.ts";
import { TimeoutError, type Msg } from "@nats-io/transport-node";
import { ANSWER_MS, readReply } from "../protocol/internal/query.ts";
import type { Link } from "./connection.ts";
import { listen } from "./listen.ts";
import { VIEW_AGAIN_SUBJECT, VIEW_SUBJECT } from "./subjects.ts";

/** Projections that can answer listen under this name: each question goes to one of them. */
export const VIEW_QUEUE = "views";

/** A replica that does not answer in this, or is behind for so long, is not waited for: all are asked, and the first answer counts. */
const PATIENCE_MS = 250;

/** The views as a gateway asks them: one replica, and all of them where that one does not answer, or is behind. */
export const questions = ({ nc }: Pick<Link, "nc">) =>
  ({
    async ask(query) {
      const put = async (subject: string, withinMs: number): Promise<string> => {
        const text = JSON.stringify({ ...query, withinMs });
        return (await nc.request(subject, text, { timeout: withinMs })).string();
      };
      const until = performance.now() + ANSWER_MS;
      const reply = await put(VIEW_SUBJECT, PATIENCE_MS).catch(silenceOnly);
      if (reply !== undefined && !isOfAnother(reply)) return reply;
      return put(VIEW_AGAIN_SUBJECT, Math.round(until - performance.now()));
    },
  }) satisfies Views;

/** Nobody has answered yet; where nobody listens there is no other to ask. */
function silenceOnly(error: unknown): undefined {
  if (error instanceof TimeoutError) return undefined;
  throw error;
}

/** Might another replica answer what this one does not? */
function isOfAnother(reply: string): boolean {
  const read = readReply(reply);
  return read.kind === "refusal" && (read.code === "view.behind" || read.code === "unavailable");
}

/** Answers the questions of gateways until the returned function is called. */
export function answerQuestions(
  { nc }: Pick<Link, "nc">,
  answer: (query: string) => Promise<string>,
  log: Logger,
): () => void {
  const hear = (msg: Msg): void => {
    // Somebody looks whether it may ask: nobody waits.
    if (!msg.reply) return;
    answer(msg.string())
      .then((reply) => msg.respond(reply))
      .catch((error: unknown) => log.error({ error }, "query failed"));
  };
  const ends = [
    listen(nc, log, { subject: VIEW_SUBJECT, queue: VIEW_QUEUE }, hear),
    listen(nc, log, { subject: VIEW_AGAIN_SUBJECT }, hear),
  ];
  return () => {
    for (const end of ends) end();
  };
}
