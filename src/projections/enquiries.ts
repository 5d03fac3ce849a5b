import { isOfActivity, subjectOf, writeReply, type Query } from "../protocol/internal/query.ts";
import { joined } from "./joined.ts";
import { ACTIVITY } from "./ports.ts";
import type { StreamViews } from "./streamviews.ts";

/** Ports of the answering of questions. */
export interface Enquired {
  /** The stream with the mailbox of a user or of a group. */
  readonly mailboxOf: (owner: string) => string;
  /** Asks whoever has the views of a stream; absent: this process has all there are. @throws Error when nobody answers in time. */
  readonly others?: (query: Query) => Promise<string>;
}

/** Answers a question from the views of the streams that a process has: the text of a reply. */
export async function enquire(
  query: Query,
  streams: ReadonlyMap<string, StreamViews>,
  { mailboxOf, others }: Enquired,
): Promise<string> {
  const stream = isOfActivity(query) ? ACTIVITY : mailboxOf(subjectOf(query));
  const answer = (await streams.get(stream)?.ask(query)) ?? writeReply({ error: "unavailable" });
  if (typeof answer === "string") return answer;
  if (query.view !== "chats") return writeReply({ error: "internal" });
  return joined(answer, query, {
    streamOf: mailboxOf,
    ask: (of, part) => {
      const isHere = others === undefined || streams.get(of)?.isCurrent === true;
      return isHere ? enquire(part, streams, { mailboxOf }) : others(part);
    },
  });
}
