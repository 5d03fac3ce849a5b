import { generationOf } from "../../../src/events/position.ts";
import { counting } from "../history/copies.ts";
import type { Ear, History } from "../history/history.ts";
import type { Invariant } from "./invariant.ts";

/**
 * I3: a message is shown once, under one id, wherever it is shown. A send that is repeated when its author's stream has lost it has another position, in another generation: its
 * peer may be shown it once in each (docs/adr/0018), and nobody more often.
 */
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

/** The generation in which a message has this id; none: it is not stored, as far as the device knows. */
const generationIn = (id: string | undefined): number | undefined =>
  id === undefined ? undefined : generationOf(Number(id.split(":")[1]));

function* atOnce(history: History): Generator<string> {
  for (const line of history.lines) {
    if (line.what !== "shows" || line.times <= 1) continue;
    const ear = history.ears.get(line.device);
    const most = isPeer(history, ear, line.text) ? generations(history, line.text) : 1;
    if (line.times > most) yield `${line.device} shows ${line.text} ${line.times} times`;
  }
}

const isPeer = ({ sendings }: History, ear: Ear | undefined, text: string): boolean =>
  ear !== undefined && sendings.get(text)?.to === ear.user;

/** The generations that the mailbox of a message's author has had: the last entry is of the last. */
function generations({ sendings, mailboxes }: History, text: string): number {
  const last = mailboxes.get(sendings.get(text)?.user ?? "")?.at(-1);
  return 1 + generationOf(last?.position ?? 0);
}

function* inTheEnd(history: History): Generator<string> {
  for (const ear of history.ears.values())
    for (const items of ear.finals.values()) {
      const seen = new Set<string>();
      for (const { text, id } of items) {
        const key = isPeer(history, ear, text) ? `${generationIn(id)} ${text}` : text;
        if (seen.has(key)) yield `${ear.device} has ${text} twice`;
        seen.add(key);
      }
    }
}

/** Two copies of one message that both count: a device that drops the second must do so by its text. */
function* inMailboxes({ mailboxes }: History): Generator<string> {
  const there = new Set<string>();
  for (const [owner, entries] of mailboxes)
    for (const { position, event } of entries) there.add(`${owner}:${position} ${event.text}`);
  for (const [owner, entries] of mailboxes) {
    const seen = new Set<string>();
    for (const { event } of counting(entries)) {
      if (event.type !== "MessageSent") continue;
      const { author, text, cause = 0 } = event;
      // Once in each generation of the author's stream, and once in all of them if the author still has what was told.
      const keys = [`${generationOf(cause)} ${text}`];
      if (there.has(`${author}:${cause} ${text}`)) keys.push(`there ${text}`);
      if (keys.some((key) => seen.has(key)))
        yield `the mailbox of ${owner} has ${text} twice, and both count`;
      for (const key of keys) seen.add(key);
    }
  }
}

function* underTwoIds({ lines, ears }: History): Generator<string> {
  const ids = new Map<string, string>();
  const first = (text: string, id: string): string => {
    const key = `${generationIn(id)} ${text}`;
    const known = ids.get(key) ?? id;
    ids.set(key, known);
    return known;
  };
  for (const line of lines) {
    if (line.what !== "shows") continue;
    const known = first(line.text, line.id);
    if (known !== line.id)
      yield `${line.device} shows ${line.text} as ${line.id}, and it was ${known} before`;
  }
  for (const { device, finals } of ears.values())
    for (const { text, id } of [...finals.values()].flat())
      if (id !== undefined && first(text, id) !== id)
        yield `${device} has ${text} as ${id}, and not ${first(text, id)}`;
}
