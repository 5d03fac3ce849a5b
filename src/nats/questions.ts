import type { Logger } from "pino";
import type { Views } from "../gateway/ports.ts";
import { ANSWER_MS } from "../protocol/internal/query.ts";
import type { Link } from "./connection.ts";
import { listen } from "./listen.ts";
import { VIEW_SUBJECT } from "./subjects.ts";

/** Projections that can answer listen under this name: each question goes to one of them. */
export const VIEW_QUEUE = "views";

/** The views as a gateway asks them: whichever projections are free answer. */
export const questions = (link: Link) =>
  ({
    ask: async (query) =>
      (await link.nc.request(VIEW_SUBJECT, query, { timeout: ANSWER_MS })).string(),
  }) satisfies Views;

/** Answers the questions of gateways until the returned function is called. */
export const answerQuestions = (
  link: Link,
  answer: (query: string) => Promise<string>,
  log: Logger,
): (() => void) =>
  listen(link.nc, log, { subject: VIEW_SUBJECT, queue: VIEW_QUEUE }, (msg) => {
    // Somebody looks whether it may ask: nobody waits.
    if (!msg.reply) return;
    answer(msg.string())
      .then((reply) => msg.respond(reply))
      .catch((error: unknown) => log.error({ error }, "query failed"));
  });
