import { counting } from "../history/copies.ts";
import type { History } from "../history/history.ts";
import type { Invariant } from "./invariant.ts";

/** I3: a message is shown once, under one id, wherever it is shown. */
export const doubled: Invariant = {
  id: "I3",
  promise: "no message is shown twice",
  breaches: (history) => [
    ...atOnce(history),
    ...inTheEnd(history),
    ...underTwoIds(history),
    ...inMailboxes(history),
  ],
};

const atOnce = ({ lines }: History): string[] =>
  lines.flatMap((line) =>
    line.what === "shows" && line.times > 1
      ? [`${line.device} shows ${line.text} ${line.times} times`]
      : [],
  );

function* inTheEnd({ ears }: History): Generator<string> {
  for (const { device, finals } of ears.values())
    for (const items of finals.values()) {
      const seen = new Set<string>();
      for (const { text } of items) {
        if (seen.has(text)) yield `${device} has ${text} twice`;
        seen.add(text);
      }
    }
}

/** Two copies of one message that both count: whoever drops the second must do so by its text. */
function* inMailboxes({ mailboxes }: History): Generator<string> {
  for (const [owner, entries] of mailboxes) {
    const seen = new Set<string>();
    for (const text of counting(entries)) {
      if (seen.has(text)) yield `the mailbox of ${owner} has ${text} twice, and both count`;
      seen.add(text);
    }
  }
}

function* underTwoIds({ lines, ears }: History): Generator<string> {
  const ids = new Map<string, string>();
  const differs = (device: string, text: string, id: string | undefined): boolean => {
    const first = ids.get(text);
    if (first === undefined && id !== undefined) ids.set(text, id);
    return first !== undefined && id !== undefined && first !== id;
  };
  for (const line of lines)
    if (line.what === "shows" && differs(line.device, line.text, line.id))
      yield `${line.device} shows ${line.text} as ${line.id}, and it was ${ids.get(line.text)} before`;
  for (const { device, finals } of ears.values())
    for (const { text, id } of [...finals.values()].flat())
      if (differs(device, text, id))
        yield `${device} has ${text} as ${id}, and not ${ids.get(text)}`;
}
