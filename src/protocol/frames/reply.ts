import type { Answering } from "../envelope.ts";
import type { ChatsAnswer, ChatsQuestion } from "./chats.ts";
import type {
  GroupAnswer,
  GroupQuestion,
  InfoAnswer,
  InfoQuestion,
  MembersAnswer,
  MembersQuestion,
} from "./groupviews.ts";
import type { HistoryAnswer, HistoryQuestion } from "./history.ts";
import type { KeyedAnswer, KeyedQuestion } from "./keyed.ts";
import type { LastSeenAnswer, LastSeenQuestion } from "./presence.ts";
import type { SessionsAnswer, SessionsQuestion } from "./sessions.ts";
import type { StatusAnswer, StatusQuestion } from "./status.ts";

/** Questions to the views; each is answered by a {@link Reply} or an error. */
export type Question =
  | ChatsQuestion
  | HistoryQuestion
  | StatusQuestion
  | LastSeenQuestion
  | SessionsQuestion
  | KeyedQuestion
  | GroupQuestion
  | MembersQuestion
  | InfoQuestion;

/** The answer to each question. */
export interface Answers {
  readonly chats: ChatsAnswer;
  readonly history: HistoryAnswer;
  readonly status: StatusAnswer;
  readonly lastSeen: LastSeenAnswer;
  readonly sessions: SessionsAnswer;
  readonly keyed: KeyedAnswer;
  readonly group: GroupAnswer;
  readonly members: MembersAnswer;
  readonly info: InfoAnswer;
}

/** The answer of a view; `view` is the `t` of the question. */
export interface ReplyOf<V extends keyof Answers> extends Answering {
  readonly t: "reply";
  readonly view: V;
  /** The answer holds every entry of the user's mailbox up to here, and none after; of a group's up to this position. Of `lastSeen`: 0. */
  readonly seq: number;
  readonly result: Answers[V];
}
export type Reply =
  | ReplyOf<"chats">
  | ReplyOf<"history">
  | ReplyOf<"status">
  | ReplyOf<"lastSeen">
  | ReplyOf<"sessions">
  | ReplyOf<"keyed">
  | ReplyOf<"group">
  | ReplyOf<"members">
  | ReplyOf<"info">;
