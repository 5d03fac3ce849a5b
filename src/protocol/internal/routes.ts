/** The words of an actor host to the sessions of one gateway. */
export type RouteRecord =
  | {
      /** An entry of the mailbox, as the frame that a client sees. */
      readonly kind: "event";
      readonly sessions: readonly string[];
      readonly seq: number;
      /** The entry before it in the same mailbox. */
      readonly prev: number;
      readonly frame: string;
    }
  /** The mailbox reaches as far as `seq`: the sessions may have missed something. */
  | { readonly kind: "head"; readonly sessions: readonly string[]; readonly seq: number }
  /** A frame that stands for itself and is stored nowhere. */
  | { readonly kind: "signal"; readonly sessions: readonly string[]; readonly frame: string }
  /** The sessions were closed in the mailbox by somebody else than their gateway; `revoked`: the gateway is to close them. */
  | { readonly kind: "closed"; readonly sessions: readonly string[]; readonly close: Elsewhere };

/** Ends that somebody else than the session's gateway decides, by the close that its client is told. */
export type Elsewhere = (typeof ELSEWHERE)[number];
const ELSEWHERE = ["replaced", "resync", "revoked"] as const;

/**
 * Carries records from actor hosts to gateways. Records for one session come in the order in which
 * they were routed, or not at all: a gateway that does not listen, a broken connection and a process
 * that dies lose them, and the mailbox has what they told (docs/adr/0011).
 */
export interface Routing {
  /** Never throws, and says nothing of whether the records have come. */
  route(gatewayId: string, records: readonly RouteRecord[]): void;
  /** Hears what is routed to the gateway from now on. Returns how to end that. */
  listen(gatewayId: string, hear: (records: Iterable<RouteRecord>) => void): () => void;
}

/**
 * A record as two lines of text, so that many make one message between processes. JSON text holds no
 * line break, so a frame is one line.
 *
 * - `E <seq> <prev> <sessions>` + frame
 * - `H <seq> <sessions>` + empty line
 * - `S <sessions>` + frame
 * - `C <close> <sessions>` + empty line
 */
export function writeRecord(record: RouteRecord): string {
  const sessions = record.sessions.join(",");
  switch (record.kind) {
    case "event":
      return `E ${record.seq} ${record.prev} ${sessions}\n${record.frame}\n`;
    case "head":
      return `H ${record.seq} ${sessions}\n\n`;
    case "signal":
      return `S ${sessions}\n${record.frame}\n`;
    case "closed":
      return `C ${record.close} ${sessions}\n\n`;
  }
}

/** Reads records that were written one behind the other. */
export function* readRecords(text: string): Generator<RouteRecord> {
  const lines = text.split("\n");
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [kind, ...rest] = (lines[i] ?? "").split(" ");
    const frame = lines[i + 1] ?? "";
    const sessions = (rest.at(-1) ?? "").split(",");
    if (kind === "E")
      yield { kind: "event", sessions, seq: Number(rest[0]), prev: Number(rest[1]), frame };
    else if (kind === "H") yield { kind: "head", sessions, seq: Number(rest[0]) };
    else if (kind === "S") yield { kind: "signal", sessions, frame };
    else if (kind === "C")
      yield {
        kind: "closed",
        sessions,
        close: ELSEWHERE.find((each) => each === rest[0]) ?? "resync",
      };
  }
}
