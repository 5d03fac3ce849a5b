/**
 * What an actor host tells a gateway: records of two lines, so that the gateway forwards an event's
 * frame without opening it.
 *
 * - `E <seq> <prev> <sessions>` + frame: an entry of the mailbox
 * - `H <seq> <sessions>` + empty line: the mailbox reaches this far
 * - `S <sessions>` + frame: a signal that is in no mailbox
 */
export type RouteRecord =
  | {
      readonly kind: "event";
      readonly sessions: string[];
      readonly seq: number;
      readonly prev: number;
      readonly frame: string;
    }
  | { readonly kind: "head"; readonly sessions: string[]; readonly seq: number }
  | { readonly kind: "signal"; readonly sessions: string[]; readonly frame: string };

type Addressed = (sessions: string) => string;

/** An entry for sessions of one gateway; `prev`: the entry before it in the same mailbox. */
export const routeRecord =
  (seq: number, prev: number, frame: string): Addressed =>
  (sessions) =>
    `E ${seq} ${prev} ${sessions}\n${frame}\n`;

/** Where the mailbox ends, for sessions that may have missed something. */
export const headRecord =
  (seq: number): Addressed =>
  (sessions) =>
    `H ${seq} ${sessions}\n\n`;

/** A frame that stands for itself and is stored nowhere. */
export const signalRecord =
  (frame: string): Addressed =>
  (sessions) =>
    `S ${sessions}\n${frame}\n`;

/** Reads a batch of records. JSON text holds no line break, so lines are safe. */
export function* parseRecords(text: string): Generator<RouteRecord> {
  const lines = text.split("\n");
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [kind, ...rest] = (lines[i] ?? "").split(" ");
    const frame = lines[i + 1] ?? "";
    const sessions = (rest.at(-1) ?? "").split(",");
    if (kind === "E")
      yield { kind: "event", sessions, seq: Number(rest[0]), prev: Number(rest[1]), frame };
    else if (kind === "H") yield { kind: "head", sessions, seq: Number(rest[0]) };
    else if (kind === "S") yield { kind: "signal", sessions, frame };
  }
}
