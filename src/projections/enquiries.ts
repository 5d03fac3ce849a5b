import { isOfActivity, subjectOf, writeReply, type Query } from "../protocol/internal/query.ts";
import { joined, type Unwritten } from "./joined.ts";
import { ACTIVITY } from "./ports.ts";
import type { StreamViews } from "./streamviews.ts";
import type { OwnChats } from "./views/chats.ts";

/** Ports of the answering of questions. */
export interface Enquired {
  /** The stream with the mailbox of a user or of a group. */
  readonly mailboxOf: (owner: string) => string;
  /** Asks whoever has the views of a stream; absent: this process has all there are. @throws Error when nobody answers in time. */
  readonly others?: (query: Query) => Promise<string>;
}

/** Answers a question from the views of the streams that a process has: the text of a reply. */
export async function enquire(query: Query, streams: Streams, to: Enquired): Promise<string> {
  const { mailboxOf, others } = to;
  const answer = await ask(query, streams, mailboxOf);
  if (typeof answer === "string") return answer;
  if (query.view !== "chats") return writeReply(answer);
  return joined({ ...answer, result: answer.result as OwnChats }, query, {
    streamOf: mailboxOf,
    ask: (of, part) => {
      const isHere = others === undefined || streams.get(of)?.isCurrent === true;
      return isHere ? ask(part, streams, mailboxOf) : others(part);
    },
  });
}

type Streams = ReadonlyMap<string, StreamViews>;

/** Asks the views of this process: the text of a reply, or what is not a whole one yet. */
async function ask(
  query: Query,
  streams: Streams,
  mailboxOf: Enquired["mailboxOf"],
): Promise<string | Unwritten> {
  const stream = isOfActivity(query) ? ACTIVITY : mailboxOf(subjectOf(query));
  return (await streams.get(stream)?.ask(query)) ?? writeReply({ error: "unavailable" });
}
