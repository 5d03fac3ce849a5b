import type { Happening } from "../history/happening.ts";
import type { History } from "../history/history.ts";
import type { Invariant } from "./invariant.ts";

/** I12: who believes to have everything has it: no hole behind `caughtUp`, and none within a socket. */
export const resume: Invariant = {
  id: "I12",
  promise: "no device that is caught up has a hole",
  breaches: (history) => [...holes(history), ...breaks(history)],
};

interface Track {
  readonly got: Set<number>;
  /** Up to here nothing is missing, or the views were asked. */
  whole: number;
  /** Place in the mailbox of the first entry above `whole`. */
  next: number;
}

function* holes({ lines, plugs, mailboxes }: History): Generator<string> {
  const tracks = new Map<string, Track>();
  for (const line of lines) {
    const { device, user } = plugs.get("socket" in line ? line.socket : "") ?? {};
    if (device === undefined || user === undefined) continue;
    const track = tracks.get(device) ?? { got: new Set(), whole: 0, next: 0 };
    tracks.set(device, track);
    follow(track, line);
    if (line.what !== "caught-up") continue;
    const mailbox = mailboxes.get(user) ?? [];
    for (; (mailbox[track.next]?.seq ?? Infinity) <= line.seq; track.next++) {
      const { seq = 0, event } = mailbox[track.next] ?? {};
      if (seq > track.whole && !track.got.has(seq))
        yield `${device} is caught up to ${line.seq} and has not got ${seq} (${event?.type})`;
    }
  }
}

function follow(track: Track, line: Happening): void {
  if (line.what === "gets") track.got.add(line.seq);
  if (line.what === "resyncs") track.whole = Math.max(track.whole, line.seq);
}

/** Each entry of a mailbox names the one before it. */
function* breaks({ lines }: History): Generator<string> {
  const last = new Map<string, number>();
  for (const line of lines) {
    if (line.what === "resyncs") last.delete(line.socket);
    if (line.what !== "gets") continue;
    const before = last.get(line.socket);
    if (before !== undefined && line.prev !== before)
      yield `socket ${line.socket} got ${line.seq} behind ${line.prev}, and ${before} was its last`;
    last.set(line.socket, line.seq);
  }
}
