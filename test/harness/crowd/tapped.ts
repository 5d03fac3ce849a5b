import { WebSocket } from "ws";
import type { Pen } from "../history/recorder.ts";
import { isGroup } from "../../../src/events/messageid.ts";
import { logged, type Deed } from "../history/happening.ts";

/** The device whose sockets are tapped. */
export interface Tapped {
  readonly device: string;
  readonly user: string;
  /** Names the next socket. */
  readonly name: () => string;
  /** A text by the cid under which it went out. */
  readonly texts: Map<string, string>;
}

interface Frame {
  readonly t: string;
  readonly [field: string]: unknown;
}

interface Presence {
  readonly user: string;
  readonly online: boolean;
  readonly lastSeen?: number;
}

/** The class of WebSockets of a device: that of `ws`, and each frame is written down as it passes. */
export function tapped(
  { device, user, name, texts }: Tapped,
  pen: Pen,
): new (url: string) => WebSocket {
  return class extends WebSocket {
    readonly #name = name();

    constructor(url: string) {
      super(url);
      const socket = this.#name;
      pen({ what: "opens", socket, device, user });
      this.on("message", (data) => {
        const frame = JSON.parse((data as Buffer).toString()) as Frame;
        const ofGroups = heardOfGroups(socket, frame);
        const deed = ofGroups === undefined ? heard(socket, frame, texts) : undefined;
        for (const each of ofGroups ?? [deed ?? []].flat()) pen(each);
      });
      this.on("close", (code) => pen({ what: "closes", socket, code }));
    }

    override send(text: string): void {
      const deed = said(this.#name, JSON.parse(text) as Frame, texts);
      if (deed !== undefined) pen(deed);
      super.send(text);
    }
  };
}

/** A frame about groups, as deeds; undefined: it is about something else. */
function heardOfGroups(socket: string, frame: Frame): Deed[] | undefined {
  if (frame.t === "follows") {
    const mailboxes = frame["mailboxes"] as { mailbox: string; seq: number }[];
    return mailboxes.map(({ mailbox: group, seq }) => {
      return { what: "group-place", socket, group, seq, by: "follows" };
    });
  }
  const group = String(frame["mailbox"]);
  if (!isGroup(group)) return undefined;
  const { t, seq, upTo, prev, generation } = frame as unknown as GroupFrame;
  switch (t) {
    case "event": {
      const event = logged(frame["event"] as Record<string, unknown>);
      const later = generation !== undefined && { generation };
      return [{ what: "group-gets", socket, group, seq, prev, ...later, event }];
    }
    case "caughtUp":
    case "resync":
      return [{ what: "group-place", socket, group, seq, by: t }];
    case "unfollows":
      return [{ what: "group-place", socket, group, seq: upTo, by: t }];
    default:
      return undefined;
  }
}

interface GroupFrame {
  readonly t: string;
  readonly seq: number;
  readonly upTo: number;
  readonly prev: number;
  readonly generation?: number;
}

/** A frame of the server, as a deed. */
function heard(socket: string, frame: Frame, texts: ReadonlyMap<string, string>): Deed | undefined {
  const seq = Number(frame["seq"]);
  switch (frame.t) {
    case "event": {
      const event = logged(frame["event"] as Record<string, unknown>);
      const { mailbox, prev } = frame as unknown as { mailbox: string; prev: number };
      return { what: "gets", socket, mailbox, seq, prev, event };
    }
    case "sent":
      return {
        what: "acked",
        socket,
        text: texts.get(String(frame["cid"])) ?? "",
        // A message to a group has none yet.
        id: typeof frame["id"] === "string" ? frame["id"] : "",
        seq,
      };
    case "caughtUp":
      return { what: "caught-up", socket, seq };
    case "resync":
      return { what: "resyncs", socket, seq, reason: String(frame["reason"]) };
    case "error":
      return { what: "refused", socket, code: String(frame["code"]) };
    case "presence": {
      const { user, online, lastSeen } = frame as unknown as Presence;
      return { what: "sees", socket, user, online, ...(lastSeen !== undefined && { lastSeen }) };
    }
    case "goaway":
      return { what: "goaway", socket };
    default:
      return undefined;
  }
}

/** A frame of the client, as a deed. */
function said(socket: string, frame: Frame, texts: Map<string, string>): Deed | undefined {
  switch (frame.t) {
    case "hello": {
      const [since] = (frame["since"] ?? []) as { seq: number }[];
      return { what: "hello", socket, since: since?.seq };
    }
    case "send": {
      const { cid, body, auto } = frame as unknown as { cid: string; body: string; auto?: true };
      texts.set(cid, body);
      return { what: "sends", socket, cid, text: body, ...(auto && { auto }) };
    }
    case "focus":
      return { what: "acts", socket };
    case "delivered":
    case "read": {
      const { peer, upTo } = frame as unknown as { peer: string; upTo: number };
      return { what: "says", socket, type: frame.t, peer, upTo };
    }
    default:
      return undefined;
  }
}
