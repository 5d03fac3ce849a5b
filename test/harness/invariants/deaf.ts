import type { Happening } from "../history/happening.ts";
import { during, faultsOf } from "../history/faults.ts";
import type { History } from "../history/history.ts";
import { deafness, type Hearing } from "./deafness.ts";
import type { Invariant } from "./invariant.ts";

/** So far behind is a socket at most after one fault, and after several. */
const ONE_MS = 10_000;
const SEVERAL_MS = 20_000;
/** Faults that follow one another within this are several. */
const AFTER_MS = 20_000;
/** The watching gets a moment of its own for what was held up with it. */
const STALL_MS = 1_000;

/** I16: an open socket that is caught up, and whose own link is whole, hears what is stored. */
export const deaf: Invariant = {
  id: "I16",
  promise: `no open socket is ${ONE_MS / 1_000} s behind the log after one fault, ${SEVERAL_MS / 1_000} s after several`,
  breaches(history) {
    const faults = faultsOf(history.lines);
    return deafness(hearings(history), ONE_MS).flatMap(({ socket, user, seq, from, until }) => {
      const ms = until - from;
      if (ms <= SEVERAL_MS && during(faults, from, until, AFTER_MS).length > 1) return [];
      return [
        `socket ${socket} had ${seq} of ${user}, and nothing more for ${Math.round(ms)} ms, from ${Math.round(from)} ms on`,
      ];
    });
  },
};

/** The history as a listener would tell it. */
function hearings(history: History): Hearing[] {
  const ears = new Ears(history);
  const stored = [...history.mailboxes].flatMap(([user, entries]) =>
    entries.map(({ seq, wall }): Hearing => ({
      what: "stored",
      user,
      seq,
      at: history.atOf(wall),
    })),
  );
  const heard = history.lines.flatMap((line) => ears.tell(line));
  const end = history.lines.findLast(({ what }) => what === "quiet")?.at;
  const over: Hearing[] = end === undefined ? [] : [{ what: "over", at: end }];
  return [...stored, ...heard, ...over]
    .filter(({ at }) => at <= (end ?? Infinity))
    .toSorted((a, b) => a.at - b.at);
}

/** Sockets that are open, and those that nobody may blame now. */
class Ears {
  readonly #history: History;
  /** Open sockets that are caught up; true: nobody may blame it now. */
  readonly #open = new Map<string, boolean>();
  readonly #broken = new Set<string>();
  #quorum = true;

  constructor(history: History) {
    this.#history = history;
  }

  tell(line: Happening): Hearing[] {
    const { at } = line;
    switch (line.what) {
      case "caught-up":
      case "resyncs":
        return this.#follows(line.socket, line.seq, at);
      case "gets":
        return [{ what: "gets", socket: line.socket, seq: line.seq, at }];
      case "closes":
        this.#open.delete(line.socket);
        return [{ what: "closed", socket: line.socket, at }];
      case "link":
        if (line.how === "whole") this.#broken.delete(line.device);
        else this.#broken.add(line.device);
        return this.#judged(at, line.device);
      case "quorum":
        this.#quorum = line.there;
        return this.#judged(at);
      case "stall":
        return line.ms < STALL_MS ? [] : this.#stalled(at - line.ms, at);
      default:
        return [];
    }
  }

  #follows(socket: string, seq: number, at: number): Hearing[] {
    this.#open.set(socket, false);
    const { device = "", user = "" } = this.#history.plugs.get(socket) ?? {};
    return [{ what: "follows", socket, user, seq, at }, ...this.#judged(at, device)];
  }

  /** The sockets of a device, or all, of which something else holds now. */
  #judged(at: number, device?: string): Hearing[] {
    const found: Hearing[] = [];
    for (const [socket, was] of this.#open) {
      const own = this.#history.plugs.get(socket)?.device ?? "";
      const excused = !this.#quorum || this.#broken.has(own);
      if (excused === was || own !== (device ?? own)) continue;
      this.#open.set(socket, excused);
      found.push({ what: excused ? "excused" : "accused", socket, at });
    }
    return found;
  }

  /** Frames that came meanwhile were read only behind it. */
  #stalled(from: number, until: number): Hearing[] {
    return [...this.#open].flatMap(([socket, excused]) =>
      excused
        ? []
        : [
            { what: "excused", socket, at: from } as const,
            { what: "accused", socket, at: until } as const,
          ],
    );
  }
}
