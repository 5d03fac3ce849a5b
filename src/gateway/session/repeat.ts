import { Fact } from "../../events/fact.ts";
import { isSameContent } from "../../rules/sameness.ts";
import type { AskFrame, ClientAsk } from "../../protocol/frames/group.ts";
import type { Send } from "../../protocol/frames/send.ts";
import type { Numbered } from "./session.ts";

/**
 * The log's entry where it says that it has the send or the ask already. `same`: it is stored. `absent`: it is
 * not, or not any more, so it is stored under another name. `taken`: the number belongs to another
 * one, as when a machine was copied while it ran.
 */
type Verdict = "same" | "absent" | "taken";

/** Judges a repeat by the fact that lies in its place; undefined: nothing does. */
export function compare(raw: string | undefined, frame: Numbered): Verdict {
  const fact = raw === undefined ? undefined : factOf(raw);
  if (fact === undefined || !("cid" in fact) || fact.cid !== frame.cid) return "absent";
  return isSame(fact, frame) ? "same" : "taken";
}

function isSame(fact: Fact, frame: Numbered): boolean {
  if (frame.t === "send") return fact.type === "MessageSent" && isSameSend(fact, frame);
  return fact.type === "GroupAsked" && isSameAsk(fact, frame);
}

const isSameSend = (fact: Extract<Fact, { type: "MessageSent" }>, frame: Send): boolean =>
  isSameContent(fact, frame) && textOf(fact.mentions) === textOf(frame.mentions);

const textOf = (mentions: readonly string[] = []): string => mentions.join();

/** But for what the gateway has added: limits, and the secret of a link, which is another one each time. */
function isSameAsk(
  { group, ask }: Extract<Fact, { type: "GroupAsked" }>,
  frame: AskFrame,
): boolean {
  if (frame.group !== undefined && frame.group !== group) return false;
  return JSON.stringify(wordsOf(ask)) === JSON.stringify(wordsOf(frame.ask));
}

/** The words of an ask in one order. */
function wordsOf(ask: Extract<Fact, { type: "GroupAsked" }>["ask"] | ClientAsk): unknown {
  switch (ask.do) {
    case "invite":
      return [ask.do, "on" in ask ? ask.on : "secret" in ask];
    case "create":
      return [ask.do, ask.name, ask.members];
    default:
      return Object.entries(ask).toSorted(([a], [b]) => (a < b ? -1 : 1));
  }
}

function factOf(raw: string): Fact | undefined {
  try {
    return Fact.safeParse(JSON.parse(raw)).data;
  } catch {
    return undefined;
  }
}
