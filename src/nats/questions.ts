import type { Logger } from "pino";
import type { Views } from "../gateway/ports.ts";
import { NoRespondersError, RequestError, TimeoutError, type Msg } from "@nats-io/transport-node";
import type { Serving } from "../projections/ports.ts";
import {
  ANSWER_MS,
  isOfActivity,
  readReply,
  subjectOf,
  writeReply,
  type Query,
} from "../protocol/internal/query.ts";
import type { Link } from "./connection.ts";
import { listen } from "./listen.ts";
import { Seldom } from "../seldom.ts";
import { ACTIVITY_STREAM, mailboxStream, viewAgainSubject, viewSubject } from "./subjects.ts";
import type { Topology } from "./topology.ts";

/** The replicas that are current for a stream listen under this name: each question goes to one of them. */
export const VIEW_QUEUE = "views";

/** A replica that does not answer in this, or is behind for so long, is not waited for: all are asked, and the first answer counts. */
const PATIENCE_MS = 250;

/** The views as a gateway asks them: one replica that is current, and all of them where there is none, or it does not answer, or is behind. */
export const questions = (
  { nc }: Pick<Link, "nc">,
  { partitionOf }: Pick<Topology, "partitionOf">,
) =>
  ({
    async ask(query) {
      const stream = streamOf(query, partitionOf);
      const put = async (subject: string, withinMs: number): Promise<string> => {
        const text = JSON.stringify({ ...query, withinMs });
        return (await nc.request(subject, text, { timeout: withinMs })).string();
      };
      const { withinMs = ANSWER_MS } = query;
      const until = performance.now() + withinMs;
      const patienceMs = Math.min(PATIENCE_MS, withinMs);
      const reply = await put(viewSubject(stream), patienceMs).catch(silenceOnly);
      if (reply !== undefined && !isOfAnother(reply)) return reply;
      return put(viewAgainSubject(stream), Math.max(1, Math.round(until - performance.now())));
    },
  }) satisfies Views;

const streamOf = (query: Query, partitionOf: (owner: string) => number): string =>
  isOfActivity(query) ? ACTIVITY_STREAM : mailboxStream(partitionOf(subjectOf(query)));

/** Nobody has answered yet, or nobody is current: one that is behind may still answer. */
function silenceOnly(error: unknown): undefined {
  if (error instanceof TimeoutError || isNobody(error)) return undefined;
  throw error;
}

/** Does nobody listen there? */
export const isNobody = (error: unknown): boolean =>
  error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());

/** Might another replica answer what this one does not? */
function isOfAnother(reply: string): boolean {
  const read = readReply(reply);
  return read.kind === "refusal" && (read.code === "view.behind" || read.code === "unavailable");
}

/**
 * Answers questions of gateways about a stream: as one that is not current, until it is told.
 * @param answer undefined: the text is no question.
 */
export function answerQuestions(
  { nc }: Pick<Link, "nc">,
  stream: string,
  answer: (query: string) => Promise<string | undefined>,
  log: Logger,
): Serving {
  const nonsense = new Seldom();
  const hear = async (msg: Msg): Promise<void> => {
    // Somebody looks whether it may ask: nobody waits.
    if (!msg.reply) return;
    const said = await answer(msg.string());
    const { subject } = msg;
    if (said === undefined)
      nonsense.tell((more) => log.warn({ subject, ...more }, "question not readable"));
    msg.respond(said ?? writeReply({ error: "internal" }));
  };
  const begin = (where: { subject: string; queue?: string }): (() => void) =>
    listen(nc, log, where, hear, (line) => log.error(line, "query failed"));
  const last = begin({ subject: viewAgainSubject(stream) });
  let leave: (() => void) | undefined;
  const beCurrent = (isCurrent: boolean): void => {
    if (isCurrent === (leave !== undefined)) return;
    leave?.();
    leave = isCurrent ? begin({ subject: viewSubject(stream), queue: VIEW_QUEUE }) : undefined;
  };
  return {
    beCurrent,
    end: () => {
      beCurrent(false);
      last();
    },
  };
}
