import { chatOf, earsOf, type Ear, type History, type Sending } from "../history/history.ts";
import type { Invariant } from "./invariant.ts";

/** I1: what was acknowledged is in the log, and on every device of both people in the end. */
export const lost: Invariant = {
  id: "I1",
  promise: "no acknowledged message is lost",
  breaches: (history) => [...fromDevices(history), ...fromLog(history)],
};

const fromDevices = (history: History): string[] =>
  [...history.sendings.values()]
    .filter(({ acks }) => acks.length > 0)
    .flatMap((sending) =>
      earsOf(history, sending)
        .filter((ear) => ear.finals.size > 0 && !has(ear, sending))
        .map(
          (ear) =>
            `${sending.text} was acknowledged as ${sending.acks[0]?.id}, and ${ear.device} lacks it (${where(history, ear, sending)})`,
        ),
    );

/** An acknowledgement names the entry that was stored for it, the first one or a repeat. */
function* fromLog({ sendings, mailboxes }: History): Generator<string> {
  const facts = new Set(
    [...mailboxes].flatMap(([user, entries]) =>
      entries.flatMap(({ kind, seq, event }) =>
        kind === "fact" ? [`${user} ${seq} ${event.text}`] : [],
      ),
    ),
  );
  for (const { text, user, acks } of sendings.values())
    for (const { seq, id } of acks)
      if (!facts.has(`${user} ${seq} ${text}`))
        yield `${text} was acknowledged as ${id}, and the log has nothing of it at ${seq}`;
}

const has = (ear: Ear, sending: Sending): boolean =>
  itemsOf(ear, sending).some(({ text }) => text === sending.text);

const itemsOf = (ear: Ear, sending: Sending) => ear.finals.get(chatOf(ear.user, sending)) ?? [];

/** Which part of what the device has of this sender is missing. */
function where({ sendings }: History, ear: Ear, { device, to, n, ...rest }: Sending): string {
  const numbers = itemsOf(ear, { device, to, n, ...rest })
    .map(({ text }) => sendings.get(text))
    .filter((other) => other?.device === device && other.to === to)
    .map((other) => other?.n ?? 0);
  if (numbers.every((each) => each > n)) return "prefix";
  return numbers.every((each) => each < n) ? "postfix" : "middle";
}
