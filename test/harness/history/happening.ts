import type { LineChange } from "../../../src/protocol/frames/groupline.ts";

/** The lines of a history: things that the harness writes down. `at`: ms by the one monotonic clock of the harness. */

/** A device and its way to the cluster. */
type Devices =
  /** `app`: over the client of the package. `plain`: written from docs/protocol.md alone; it pipelines. */
  | {
      readonly what: "joins";
      readonly device: string;
      readonly user: string;
      readonly kind: "app" | "plain";
    }
  /** A person writes. Texts are unique; `n` rises per device and peer. */
  | {
      readonly what: "writes";
      readonly device: string;
      readonly user: string;
      readonly to: string;
      readonly text: string;
      readonly n: number;
    }
  | {
      readonly what: "gives-up";
      readonly device: string;
      readonly text: string;
      readonly code: string;
    }
  /** The window of a chat shows a stored message; `times`: so many of its lines have this text. */
  | {
      readonly what: "shows";
      readonly device: string;
      readonly chat: string;
      readonly text: string;
      readonly id: string;
      readonly times: number;
    }
  | {
      readonly what: "ticks";
      readonly device: string;
      readonly text: string;
      readonly status: Status;
    }
  /** All that the device has of a chat at the end, oldest first. */
  | {
      readonly what: "final";
      readonly device: string;
      readonly chat: string;
      readonly items: readonly FinalItem[];
    }
  /** The device's own link; `whole`: nothing is wrong with it. */
  | { readonly what: "link"; readonly device: string; readonly how: LinkState };

/** Frames, as they pass the socket of a device. */
type Frames =
  | {
      readonly what: "opens";
      readonly socket: string;
      readonly device: string;
      readonly user: string;
    }
  | { readonly what: "hello"; readonly socket: string; readonly since?: number | undefined }
  /** `auto`: the device repeats it, and nobody sits there. */
  | {
      readonly what: "sends";
      readonly socket: string;
      readonly cid: string;
      readonly text: string;
      readonly auto?: boolean;
    }
  /** A human looks at the app. */
  | { readonly what: "acts"; readonly socket: string }
  /** The presence of somebody who is watched; `lastSeen` in ms since 1970, by the broker. */
  | {
      readonly what: "sees";
      readonly socket: string;
      readonly user: string;
      readonly online: boolean;
      readonly lastSeen?: number;
    }
  | {
      readonly what: "says";
      readonly socket: string;
      readonly type: "delivered" | "read";
      readonly peer: string;
      readonly upTo: number;
    }
  | {
      readonly what: "acked";
      readonly socket: string;
      readonly text: string;
      readonly id: string;
      readonly seq: number;
    }
  | {
      readonly what: "gets";
      readonly socket: string;
      readonly mailbox: string;
      readonly seq: number;
      readonly prev: number;
      readonly event: LoggedEvent;
    }
  | { readonly what: "caught-up"; readonly socket: string; readonly seq: number }
  | {
      readonly what: "resyncs";
      readonly socket: string;
      readonly seq: number;
      readonly reason: string;
    }
  | { readonly what: "goaway"; readonly socket: string }
  | { readonly what: "refused"; readonly socket: string; readonly code: string }
  | { readonly what: "closes"; readonly socket: string; readonly code: number };

/** Frames about a group, as they pass the socket of a device. */
type GroupFrames =
  | {
      readonly what: "group-gets";
      readonly socket: string;
      readonly group: string;
      readonly seq: number;
      readonly prev: number;
      readonly generation?: number;
      readonly event: LoggedEvent;
    }
  /** The socket is told that it has all that it may see up to `seq`. */
  | {
      readonly what: "group-place";
      readonly socket: string;
      readonly group: string;
      readonly seq: number;
      readonly by: "follows" | "caughtUp" | "resync" | "unfollows";
    };

/** The nemesis, and the harness itself. */
type Deeds =
  | {
      readonly what: "fault";
      readonly n: number;
      readonly kind: string;
      readonly target: string;
      readonly phase: "begins" | "confirmed" | "ends";
      readonly detail?: string;
    }
  /** Some brokers alone are of no use: nothing can be stored, so nothing is late. */
  | { readonly what: "quorum"; readonly there: boolean }
  /** The mailbox streams that no server leads, from now on. */
  | { readonly what: "leaderless"; readonly streams: readonly string[] }
  | { readonly what: "unready"; readonly processes: readonly string[] }
  | { readonly what: "healed" }
  /** The registry says that a gateway is dead, and since when, ms since 1970 by the broker. */
  | { readonly what: "declared"; readonly gatewayId: string; readonly wall: number }
  /** Everybody has everything, or the wait for it is over. */
  | { readonly what: "quiet"; readonly settled: boolean; readonly lacks: readonly string[] }
  | { readonly what: "memory"; readonly process: string; readonly bytes: number }
  /** The harness itself was held up for so long. */
  | { readonly what: "stall"; readonly ms: number }
  /** Both clocks at one moment. */
  | { readonly what: "clock"; readonly wall: number }
  /** The word of one of Posthorn's own auditors on the streams or views. */
  | { readonly what: "audit"; readonly by: string; readonly code: number; readonly says: string };

/** An entry of a mailbox stream, read at the end. */
export interface Stored {
  readonly what: "stored";
  readonly stream: string;
  readonly seq: number;
  /** Generation and seq in one number. */
  readonly position: number;
  readonly owner: string;
  readonly kind: string;
  /** When the broker stored it, ms since 1970. */
  readonly wall: number;
  readonly event: LoggedEvent;
}

/** The fields of an event that the invariants look at; a text is the body of a message. */
export interface LoggedEvent {
  readonly type: string;
  readonly author?: string;
  readonly to?: string;
  readonly peer?: string;
  readonly text?: string;
  readonly position?: number;
  readonly cause?: number;
  /** The generation of the mailbox's stream for which a copy was put; absent: 0. */
  readonly in?: number;
  readonly upTo?: number;
  readonly read?: number;
  readonly sessionId?: string;
  readonly gatewayId?: string;
  readonly reason?: string;
  readonly cid?: string;
  readonly by?: string;
  /** Of a group. */
  readonly change?: LineChange;
}

export type Status = "pending" | "sent" | "delivered" | "read" | "failed";
export type LinkState = "whole" | "cut" | "held" | "deaf" | "slow";

/** A message as a device has it at the end; without `id` it was never stored, as far as that one knows. */
export interface FinalItem {
  readonly text: string;
  readonly author: string;
  readonly id?: string;
  readonly seq?: number;
  readonly status: Status;
}

/** A happening without its time. */
export type Deed = Devices | Frames | GroupFrames | Deeds | Stored;
export type Happening = Deed & { readonly at: number };

const FIELDS = [
  "author",
  "to",
  "peer",
  "position",
  "cause",
  "in",
  "upTo",
  "read",
  "sessionId",
  "gatewayId",
  "reason",
  "cid",
  "by",
  "change",
] as const;

/** The part of an event that is written down. */
export function logged(event: Readonly<Record<string, unknown>>): LoggedEvent {
  const kept = FIELDS.flatMap((field) =>
    event[field] === undefined ? [] : [[field, event[field]]],
  );
  return {
    type: String(event["type"]),
    ...(Object.fromEntries(kept) as Omit<LoggedEvent, "type">),
    ...(typeof event["body"] === "string" && { text: event["body"] }),
  };
}
